# Inspect single worker
async def inspect_single_worker():
    result = await inspector.inspect(workername='celery@worker1')

    if result:
        worker_info = result['celery@worker1']
        print(f"Worker celery@worker1:")
        print(f" Registered tasks: {worker_info.get('registered', [])}")
        print(f" Active queues: {len(worker_info.get('active_queues', []))}")
        print(f" Load: {worker_info.get('load', [])}")

io_loop.run_sync(inspect_single_worker)

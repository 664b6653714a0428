from flower.inspector import Inspector
from tornado.ioloop import IOLoop
import celery

# Create inspector
celery_app = celery.Celery('myapp', broker='redis://localhost:6379')
io_loop = IOLoop.current()
inspector = Inspector(io_loop, celery_app, timeout=10.0)

# Inspect all workers
async def inspect_workers():
    result = await inspector.inspect()
    print(f"Found {len(result)} workers")

    for worker_name, worker_info in result.items():
        print(f"Worker: {worker_name}")
        print(f" Status: {worker_info.get('status', 'unknown')}")
        print(f" Active tasks: {worker_info.get('active', 0)}")
        print(f" Processed: {worker_info.get('processed', 0)}")

# Run inspection
io_loop.run_sync(inspect_workers)

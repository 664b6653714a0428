# Handle worker inspection errors
try:
    result = await inspector.inspect()
except Exception as e:
    if 'timeout' in str(e).lower():
        print("Worker inspection timed out - workers may be overloaded")
    elif 'connection' in str(e).lower():
        print("Cannot connect to broker - check broker status")
    else:
        print(f"Inspection failed: {e}")

# Handle control command errors
try:
    await worker_shutdown('celery@worker1')
except Exception as e:
    if 'no such worker' in str(e).lower():
        print("Worker not found or already offline")
    else:
        print(f"Control command failed: {e}")

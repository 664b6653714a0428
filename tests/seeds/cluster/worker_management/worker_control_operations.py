from flower.api.control import (
    WorkerShutDown, WorkerPoolRestart, WorkerPoolGrow,
    WorkerPoolShrink, WorkerPoolAutoscale,
    WorkerQueueAddConsumer, WorkerQueueCancelConsumer
)

# Shutdown worker
async def shutdown_worker():
    handler = WorkerShutDown()
    await handler.post('celery@worker1')

# Restart worker pool
async def restart_pool():
    handler = WorkerPoolRestart()
    await handler.post('celery@worker1')

# Grow worker pool
async def grow_pool():
    handler = WorkerPoolGrow()
    await handler.post('celery@worker1', n=2) # Add 2 processes

# Configure autoscaling
async def configure_autoscale():
    handler = WorkerPoolAutoscale()
    await handler.post('celery@worker1', min=2, max=10)

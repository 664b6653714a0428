# Add queue consumer
async def add_queue_consumer():
    handler = WorkerQueueAddConsumer()
    await handler.post('celery@worker1', queue='high_priority')

# Remove queue consumer
async def remove_queue_consumer():
    handler = WorkerQueueCancelConsumer()
    await handler.post('celery@worker1', queue='low_priority')

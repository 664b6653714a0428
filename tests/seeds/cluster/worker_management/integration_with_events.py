from flower.events import Events
from flower.inspector import Inspector

# Combine inspector and events data
class WorkerManager:
    def __init__(self, celery_app, io_loop):
        self.inspector = Inspector(io_loop, celery_app, timeout=10.0)
        self.events = Events(celery_app, io_loop)

    async def get_complete_worker_info(self):
        """Get combined worker information from inspection and events."""
        # Get inspection data
        inspection_data = await self.inspector.inspect()

        # Get event data
        event_workers = self.events.workers

        # Combine data
        combined = {}
        for worker_name in set(inspection_data.keys()) | set(event_workers.keys()):
            combined[worker_name] = {
                'inspection': inspection_data.get(worker_name, {}),
                'events': event_workers.get(worker_name, {}),
                'online': worker_name in inspection_data,
                'last_heartbeat': event_workers.get(worker_name, {}).get('timestamp'),
            }

        return combined

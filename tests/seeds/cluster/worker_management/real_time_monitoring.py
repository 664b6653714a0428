import asyncio
from flower.inspector import Inspector

class WorkerMonitor:
    def __init__(self, inspector):
        self.inspector = inspector
        self.running = False

    async def start_monitoring(self, interval=30):
        """Monitor workers every `interval` seconds."""
        self.running = True

        while self.running:
            try:
                workers = await self.inspector.inspect()
                await self.process_worker_updates(workers)
                await asyncio.sleep(interval)
            except Exception as e:
                print(f"Monitoring error: {e}")
                await asyncio.sleep(5)

    async def process_worker_updates(self, workers):
        """Process worker status updates."""
        for worker_name, worker_info in workers.items():
            status = worker_info.get('status', 'unknown')
            active = worker_info.get('active', 0)
            load = worker_info.get('load', [0, 0, 0])

            print(f"{worker_name}: {status}, {active} active, load: {load[0]:.2f}")

            # Alert on high load
            if load[0] > 5.0:
                print(f"HIGH LOAD WARNING: {worker_name} load: {load[0]:.2f}")

    def stop_monitoring(self):
        """Stop monitoring loop."""
        self.running = False

# Usage
monitor = WorkerMonitor(inspector)
asyncio.create_task(monitor.start_monitoring(interval=10))

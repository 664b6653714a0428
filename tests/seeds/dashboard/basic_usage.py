from antflow import PipelineDashboard

dashboard = PipelineDashboard(
    pipeline=pipeline,
    tracker=tracker,
    on_update=my_update_callback,  # Optional
    update_interval=1.0  # Seconds between updates
)

snapshot = dashboard.get_snapshot()
active = dashboard.get_active_workers()
idle = dashboard.get_idle_workers()
utilization = dashboard.get_worker_utilization()

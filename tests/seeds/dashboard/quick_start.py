from antflow import Pipeline, PipelineDashboard, Stage, StatusTracker

tracker = StatusTracker()
stage = Stage(name="Process", workers=5, tasks=[my_task])
pipeline = Pipeline(stages=[stage], status_tracker=tracker)

dashboard = PipelineDashboard(pipeline, tracker)

snapshot = dashboard.get_snapshot()
print(f"Active workers: {len(dashboard.get_active_workers())}")
print(f"Items processed: {snapshot.pipeline_stats.items_processed}")

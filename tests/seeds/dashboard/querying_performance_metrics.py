metrics = pipeline.get_worker_metrics()

for worker_name, metric in metrics.items():
    print(f"{worker_name}:")
    print(f"  Items processed: {metric.items_processed}")
    print(f"  Items failed: {metric.items_failed}")
    print(f"  Avg processing time: {metric.avg_processing_time:.3f}s")
    print(f"  Last active: {metric.last_active}")

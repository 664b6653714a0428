metrics = pipeline.get_worker_metrics()

top_workers = sorted(
    metrics.items(),
    key=lambda x: x[1].items_processed,
    reverse=True
)[:5]

print("Top 5 workers:")
for worker, metric in top_workers:
    print(f"  {worker}: {metric.items_processed} items, "
          f"avg {metric.avg_processing_time:.3f}s")

utilization = dashboard.get_worker_utilization()

for worker, util in sorted(utilization.items()):
    print(f"{worker}: {util*100:.1f}% success rate")

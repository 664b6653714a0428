from antflow import Pipeline, Stage
stage1 = Stage(name="Fetch", workers=3, tasks=[fetch_data])
stage2 = Stage(name="Process", workers=5, tasks=[process_data])
pipeline = Pipeline(stages=[stage1, stage2])
worker_names = pipeline.get_worker_names()
print(worker_names)
# {
# "Fetch": ["Fetch-W0", "Fetch-W1", "Fetch-W2"],
# "Process": ["Process-W0", "Process-W1", "Process-W2", "Process-W3", "Process-W4"]
# }

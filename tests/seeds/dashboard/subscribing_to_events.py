async def on_item_failed(event):
    if event.status == "failed":
        error = event.metadata.get("error")
        print(f"Item {event.item_id} failed: {error}")

dashboard.subscribe(on_item_failed)

await pipeline.run(items)

dashboard.unsubscribe(on_item_failed)

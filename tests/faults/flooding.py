"""A program that floods a broker with events: `flooding.py URL TASKS WORKERS`; waits for input."""

from __future__ import annotations

import json
import sys

import redis
from publishing import Voice, message

AT_ONCE = 24


def main() -> None:
    url, tasks, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    voices = [Voice(f"w{number}@flood") for number in range(workers)]
    events = [voice.beats() for voice in voices]
    for number in range(tasks):
        voice, uuid = voices[number % workers], f"task-{number}"
        told = {"uuid": uuid, "name": "made.up", "args": "()", "kwargs": "{}", "queue": "celery"}
        events += [Voice("client@flood").says("task-sent", **told), *voice.whole(uuid)]
    bodies = [
        message(json.dumps(events[start : start + AT_ONCE]).encode())
        for start in range(0, len(events), AT_ONCE)
    ]
    topic = f"/{url.rsplit('/', 1)[1]}.celeryev/task.multi"
    sys.stdin.read()
    with redis.Redis.from_url(url) as client:
        for start in range(0, len(bodies), 100):
            pipe = client.pipeline(transaction=False)
            for body in bodies[start : start + 100]:
                pipe.publish(topic, body)
            pipe.execute()


if __name__ == "__main__":
    main()

// The newest raw events of the source on screen.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, ofSource } from "../data/client";
import { epoch } from "../data/stream";
import type { RawEvent } from "../records/api";
import { current, onEvent } from "./sources";

const KEPT = 2000;
const BEFORE = 500;

/** The newest events; drawn four times a second at most, however many come. */
export function useTail(paused: boolean): RawEvent[] {
  const [events, setEvents] = useState<RawEvent[]>([]);
  const held = useRef<RawEvent[]>([]);
  const dirty = useRef(true);
  const run = epoch.value;
  useEffect(() => {
    const abort = new AbortController();
    held.current = [];
    const hold = (list: RawEvent[]) => {
      held.current = list;
      dirty.current = true;
    };
    newest(current.value, abort.signal)
      .then((before) => hold(joined(before, held.current)))
      .catch(() => {}); // what comes from now on shows all the same
    const ignore = onEvent((event) => hold(joined(held.current, [event])));
    return () => {
      ignore();
      abort.abort();
    };
  }, [run]);
  useEffect(() => {
    if (paused) return;
    const timer = setInterval(() => {
      if (!dirty.current) return;
      dirty.current = false;
      setEvents(held.current);
    }, 250);
    return () => clearInterval(timer);
  }, [paused]);
  return events;
}

/** Events in order, each once, whether it was asked for or came by itself. */
export function joined(before: RawEvent[], after: RawEvent[]): RawEvent[] {
  const last = before.at(-1)?.seq ?? -1;
  return [...before, ...after.filter((event) => event.seq > last)].slice(-KEPT);
}

/** The newest that the server keeps; asked for more than it may tell, it begins with the oldest. */
export async function newest(source: string, signal: AbortSignal): Promise<RawEvent[]> {
  const path = ofSource(source, "events");
  const { last } = await get<{ last: number }>(path, { limit: 0 }, signal);
  const asked = { after: Math.max(0, last - BEFORE), limit: BEFORE };
  return (await get<{ events: RawEvent[] }>(path, asked, signal)).events;
}

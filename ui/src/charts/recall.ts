// Lanes know what the frames showed; what ended before and between them, the server remembers.
import { useEffect } from "preact/hooks";
import { get, ofSource } from "../data/client";
import { serverNow } from "../data/clock";
import type { Spans, WorkerView } from "../records/records";
import { recall, unknownSince } from "../state/lanes";

const EVERY = 5000;
const OVERLAP = 2; // seconds: what ended while the last answer was under way

/** Has the past of these workers' lanes filled in, as long as they are on screen. */
export function useRecall(source: string, workers: WorkerView[]): void {
  const names = workers.map((worker) => worker.name);
  const key = names.join("\n");
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let asked = 0;
    const load = async () => {
      if (!document.hidden) {
        const since = unknownSince(source, names) ?? asked - OVERLAP;
        asked = serverNow();
        const worker = names.length === 1 ? names[0] : undefined;
        const path = ofSource(source, "spans");
        await get<Spans>(path, { since, worker, limit: 1000 }, abort.signal).then(
          (told) => recall(source, names, told),
          () => {}, // what it would have told, the next answer tells
        );
      }
      if (!abort.signal.aborted) timer = window.setTimeout(load, EVERY);
    };
    if (names.length) load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [source, key]);
}

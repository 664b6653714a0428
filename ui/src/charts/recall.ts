// Lanes know what the frames showed; what ended between two frames, and how, the tasks tell.
import { useEffect } from "preact/hooks";
import { ofSource } from "../data/client";
import { useLoaded } from "../data/loaded";
import type { TaskPage } from "../records/records";
import { recall } from "../state/lanes";

const EVERY = 5000;

export function useRecall(source: string, search = ""): void {
  const past = useLoaded<TaskPage>(
    ofSource(source, "tasks"),
    { search, sort: "-started", limit: 300 },
    EVERY,
  );
  useEffect(() => {
    if (past.data) recall(source, past.data.tasks);
  }, [source, past.data]);
}

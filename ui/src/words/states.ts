// What a state is called and how it looks: a shape and a tone, never the tone alone.

export type Tone = "ok" | "bad" | "warn" | "run" | "calm" | "off";
export type Shape =
  | "tick"
  | "cross"
  | "dot"
  | "ring"
  | "play"
  | "pause"
  | "loop"
  | "bang"
  | "bar"
  | "gone";

export interface Look {
  word: string;
  shape: Shape;
  tone: Tone;
}

const look = (word: string, shape: Shape, tone: Tone): Look => ({ word, shape, tone });

const LOOKS: Record<string, Look> = {
  // Celery's
  PENDING: look("Pending", "ring", "calm"),
  RECEIVED: look("Received", "dot", "calm"),
  STARTED: look("Started", "play", "run"),
  SUCCESS: look("Success", "tick", "ok"),
  FAILURE: look("Failure", "cross", "bad"),
  RETRY: look("Retry", "loop", "warn"),
  REVOKED: look("Revoked", "bar", "off"),
  REJECTED: look("Rejected", "bar", "warn"),
  // steps of a task's way that are no states
  sent: look("Sent", "ring", "calm"),
  succeeded: look("Succeeded", "tick", "ok"),
  retried: look("Retried", "loop", "warn"),
  // items of a pipeline
  queued: look("Queued", "ring", "calm"),
  in_progress: look("In progress", "play", "run"),
  completed: look("Completed", "tick", "ok"),
  failed: look("Failed", "cross", "bad"),
  retrying: look("Retrying", "loop", "warn"),
  skipped: look("Skipped", "bar", "calm"),
  dropped: look("Dropped", "bar", "off"),
  cancelled: look("Cancelled", "bar", "off"),
  // workers
  busy: look("Busy", "play", "run"),
  idle: look("Idle", "ring", "calm"),
  paused: look("Paused", "pause", "warn"),
  offline: look("Offline", "gone", "bad"),
  // sources
  starting: look("Starting", "ring", "calm"),
  running: look("Running", "play", "ok"),
  finished: look("Finished", "tick", "ok"),
  stale: look("Stale", "bang", "warn"),
  disconnected: look("Disconnected", "gone", "bad"),
  // marks
  orphaned: look("Orphaned", "gone", "bad"),
  stuck: look("Stuck", "bang", "warn"),
};

const OVER =
  /^(success|succeeded|failure|failed|revoked|rejected|completed|dropped|skipped|cancelled)$/i;

/** Whether nothing more happens to a task in this state, or after this step. */
export function isOver(state: string): boolean {
  return OVER.test(state);
}

export function lookOf(state: string): Look {
  return LOOKS[state] ?? LOOKS[state.toUpperCase()] ?? look(state, "dot", "calm");
}

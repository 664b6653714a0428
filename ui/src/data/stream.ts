// The live connection: frames and differences of the sources on screen, and raw events.
import { signal } from "@preact/signals";
import type { Frame } from "../records/records";
import { ApiError, address, words } from "./client";
import { learnTime } from "./clock";
import { applyPatch, type FramePatch } from "./patch";
import { type Message, readStream } from "./sse";

export type Link = "connecting" | "open" | "lost" | "resting" | "refused";

/** How the connection to the server is. */
export const link = signal<Link>("connecting");
/** Why it is lost or refused. */
export const linkReason = signal("");
/** When the server was last heard, by this page's clock, in Unix seconds. */
export const heardAt = signal(0);
/** Which run of the server is heard; another one counts its events anew. */
export const epoch = signal("");

const SILENCE = 40_000; // the server sends a comment every 15 s

interface Wanted {
  sources: string[];
  events: boolean;
}

type OnFrame = (source: string, frame: Frame) => void;
type OnEvent = (source: string, event: Record<string, unknown>) => void;

export class Stream {
  private wanted: Wanted = { sources: [], events: false };
  private frames = new Map<string, { seq: number; frame: Frame }>();
  private abort: AbortController | null = null;
  private lastId: string | null = null;
  private failures = 0;
  private timer = 0;
  private silence = 0;

  constructor(
    private onFrame: OnFrame,
    private onEvent: OnEvent,
  ) {
    document.addEventListener("visibilitychange", () =>
      document.hidden ? this.rest() : this.open(),
    );
    addEventListener("online", () => this.open());
  }

  /** Follows these sources from now on. */
  follow(sources: string[], events: boolean): void {
    const same = this.wanted.events === events && this.wanted.sources.join() === sources.join();
    if (same) return;
    this.wanted = { sources, events };
    this.lastId = null;
    this.frames.clear();
    this.open();
  }

  /** Tries again at once. */
  open(): void {
    this.close();
    if (document.hidden || !this.wanted.sources.length) return;
    const abort = new AbortController();
    this.abort = abort;
    if (link.value !== "lost") link.value = "connecting";
    this.run(abort).catch((error) => this.failed(abort, error));
  }

  private close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.abort?.abort();
    this.abort = null;
  }

  private rest(): void {
    this.close();
    link.value = "resting";
  }

  private async run(abort: AbortController): Promise<void> {
    const url = this.url();
    await readStream(
      url,
      this.lastId,
      abort.signal,
      () => this.alive(true),
      (message) => {
        if (abort.signal.aborted) return;
        this.alive(false);
        if (message) this.take(message);
      },
    );
    throw new ApiError(0, "The server closed the connection.");
  }

  private url(): string {
    const query = new URLSearchParams();
    for (const source of this.wanted.sources) query.append("source", source);
    query.set("topics", this.wanted.events ? "frame,events" : "frame");
    return `${address("stream")}?${query}`;
  }

  private alive(opened: boolean): void {
    if (opened) {
      link.value = "open";
      linkReason.value = "";
    } else {
      this.failures = 0;
    }
    heardAt.value = Date.now() / 1000;
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => this.open(), SILENCE);
  }

  private failed(abort: AbortController, error: unknown): void {
    if (abort.signal.aborted) return;
    const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
    link.value = refused ? "refused" : "lost";
    linkReason.value = words(error);
    clearTimeout(this.silence);
    const wait = Math.min(15_000, 500 * 2 ** this.failures++) * (0.75 + Math.random() / 2);
    this.timer = window.setTimeout(() => this.open(), refused ? 15_000 : wait);
  }

  private take(message: Message): void {
    const said = JSON.parse(message.data);
    if (message.id) {
      this.lastId = message.id;
      epoch.value = message.id.split(".")[0] ?? "";
    }
    if (message.event === "frame") this.whole(said.source, said.seq, said.frame);
    else if (message.event === "diff") this.difference(said);
    else if (message.event === "event") this.onEvent(said.source, { seq: said.seq, ...said.event });
  }

  private whole(source: string, seq: number, frame: Frame): void {
    this.frames.set(source, { seq, frame });
    learnTime(frame.at);
    this.onFrame(source, frame);
  }

  private difference(said: { source: string; seq: number; base: number; patch: FramePatch }): void {
    const held = this.frames.get(said.source);
    if (held?.seq === said.base)
      this.whole(said.source, said.seq, applyPatch(held.frame, said.patch));
    else this.beginAnew();
  }

  /** After a gap only a whole frame helps; a stream that begins without an id begins with one. */
  private beginAnew(): void {
    this.close();
    this.lastId = null;
    this.frames.clear();
    this.timer = window.setTimeout(() => this.open(), 300);
  }
}

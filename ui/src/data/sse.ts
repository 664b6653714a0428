// Server-sent events over fetch: unlike EventSource it shows refusals and can send Last-Event-ID
// again after the page itself closed the stream.
import { refusal } from "./client";

export interface Message {
  id: string | null;
  event: string;
  data: string;
}

/** Reads one stream to its end; throws when it is refused or breaks. */
export async function readStream(
  url: string,
  lastId: string | null,
  signal: AbortSignal,
  opened: () => void,
  heard: (message: Message | null) => void,
): Promise<void> {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (lastId) headers["last-event-id"] = lastId;
  const answer = await fetch(url, {
    headers,
    signal,
    credentials: "same-origin",
    cache: "no-store",
  });
  if (!answer.ok || !answer.body) throw await refusal(answer);
  opened();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const take = parser(heard);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(value);
  }
}

/** Takes pieces of text and tells each whole message; null for a comment, which shows life. */
export function parser(heard: (message: Message | null) => void): (piece: string) => void {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece.replace(/\r\n/g, "\n")).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) heard(parse(block));
  };
}

function parse(block: string): Message | null {
  const message: Message = { id: null, event: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const field = line.slice(0, colon);
    const value = line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") data.push(value);
    else if (field === "id") message.id = value;
    else if (field === "event") message.event = value;
  }
  message.data = data.join("\n");
  return data.length ? message : null;
}

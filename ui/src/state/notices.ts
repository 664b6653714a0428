// Answers to commands, shown in a corner until read.
import { signal } from "@preact/signals";
import type { Answer } from "../records/records";

export interface Notice {
  id: number;
  title: string;
  ok: boolean;
  answers: Answer[];
}

export const notices = signal<Notice[]>([]);
let last = 0;

/** Shows what was answered; good news leaves by itself after 8 s. */
export function tell(title: string, answers: Answer[]): void {
  const ok = answers.every((answer) => answer.ok);
  const notice = { id: ++last, title, ok, answers };
  notices.value = [...notices.value, notice].slice(-4);
  if (ok) setTimeout(() => dismiss(notice.id), 8000);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

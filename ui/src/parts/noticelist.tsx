// Answers to commands, one line a worker.
import { dismiss, notices } from "../state/notices";
import { Icon, ShapeIcon } from "./icons";

export function NoticeList() {
  return (
    <div class="notices" role="log" aria-label="Answers to commands">
      {notices.value.map((notice) => (
        <div key={notice.id} class={notice.ok ? "notice" : "notice bad"}>
          <div class="title">
            {notice.title}
            <button
              type="button"
              class="button plain icon small"
              aria-label="Dismiss"
              onClick={() => dismiss(notice.id)}
            >
              <Icon name="close" size={12} />
            </button>
          </div>
          <ul>
            {notice.answers.map((answer, index) => (
              <li key={index} class={answer.ok ? "tone-ok" : "tone-bad"}>
                <ShapeIcon shape={answer.ok ? "tick" : "cross"} />
                <span>
                  <b>{answer.who}</b>{" "}
                  <span class="soft">{answer.message || (answer.ok ? "done" : "refused")}</span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

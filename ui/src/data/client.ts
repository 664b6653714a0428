// Requests to the API of the server that this page came from.

/** The path under which the dashboard is mounted; begins and ends with a slash. */
export const base: string = readBase();

function readBase(): string {
  const said = document.querySelector<HTMLMetaElement>('meta[name="antflow-base"]')?.content ?? "/";
  return `/${said.replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
}

/** An answer that was not what was asked for; `status` 0: no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export type Parameters = Record<string, string | number | boolean | null | undefined>;

/** The address of an API path, with those parameters that have a value. */
export function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `${base}api/v1/${path}${text ? `?${text}` : ""}`;
}

/** The path of something that belongs to a source. */
export function ofSource(source: string, ...rest: string[]): string {
  return ["sources", source, ...rest].map(encodeURIComponent).join("/");
}

export function get<T>(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<T> {
  return ask<T>(address(path, parameters), { signal });
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return ask<T>(address(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer.");
  }
  if (!answer.ok) throw await refusal(answer);
  return (await answer.json()) as T;
}

/** What a refused request said, in one line. */
export async function refusal(answer: Response): Promise<ApiError> {
  const text = await answer.text().catch(() => "");
  let said = text.startsWith("<") ? "" : text.slice(0, 300);
  try {
    const parsed = JSON.parse(text);
    said = parsed.error ?? parsed.detail ?? said;
  } catch {
    // not JSON: the text itself is what it said
  }
  return new ApiError(answer.status, String(said) || `${answer.status} ${answer.statusText}`);
}

/** What to tell a person about an error. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

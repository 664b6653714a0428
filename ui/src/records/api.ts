// What the API says beyond the records: sources, verbs, the session, the page about.
import type { Health } from "./records";

export type TargetKind = "source" | "worker" | "group" | "queue" | "task" | "tasks";
export type Role = "viewer" | "operator" | "admin";

export interface Argument {
  name: string;
  type: "integer" | "number" | "string" | "boolean";
  required: boolean;
  default: unknown;
  minimum: number | null;
  choices: string[];
  help: string;
}

export interface Verb {
  name: string;
  target: TargetKind;
  help: string;
  arguments: Argument[];
  role: Role;
  destructive: "no" | "ask" | "grave";
}

export interface SourceInfo {
  name: string;
  kind: "pipeline" | "cluster";
  tick: number;
  verbs: Verb[];
}

export interface Session {
  name: string | null;
  role: Role;
  read_only: boolean;
  auth: "none" | "basic" | "token" | "oauth";
  tasks_columns: string[];
}

export interface Completion {
  qualifiers: string[];
  names: string[];
  workers: string[];
  states: string[];
}

export interface About {
  version: string;
  sources: { name: string; kind: string; settings: Record<string, unknown>; health: Health }[];
  settings: Record<string, unknown>;
  versions: Record<string, string>;
}

export interface RawEvent {
  seq: number;
  [field: string]: unknown;
}

/** One record of the audit log; its fields are the server's. */
export type AuditRecord = Record<string, unknown>;

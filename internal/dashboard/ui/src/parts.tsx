// Small parts that several pages are made of. What comes from a run is always a text node, in a direction of its own.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { errorText } from "./api";
import { stateText, t, type Key } from "./texts";

/** The class by which a state of a run, a task or a worker is coloured. */
export function toneOf(state: string): string {
  switch (state) {
    case "COMPLETED": case "SUCCEEDED": case "ok": return "good";
    case "FAILED": case "error": return "bad";
    case "RUNNING": return "live";
    case "PENDING": case "PENDING_APPROVAL": return "wait";
    case "CANCELLING": case "DISCONNECTED": return "warn";
    case "IDLE": return "idle";
  }
  return "off";
}

const marks: Record<string, string> = {
  good: "M4.2 8.3l2.6 2.6 5-5.6",
  bad: "M5 5l6 6M11 5l-6 6",
  live: "M8 2.6a5.4 5.4 0 1 1-5.4 5.4",
  wait: "M8 4.6v3.7l2.4 1.4",
  warn: "M8 4.2v4.6M8 11v.6",
  idle: "M5 8h6",
  off: "M4.6 11.4l6.8-6.8",
};

export function Mark({ state }: { state: string }) {
  const tone = toneOf(state);
  return (
    <svg class={`mark ${tone}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {tone !== "live" && <circle cx="8" cy="8" r="6.6" />}
      <path d={marks[tone]!} />
    </svg>
  );
}

export function Badge({ state }: { state: string }) {
  return (
    <span class={`badge ${toneOf(state)}`} data-state={state}>
      <Mark state={state} />
      <bdi class="text">{stateText(state).slice(0, 80)}</bdi>
    </span>
  );
}

/** A user's text on one line. */
export function Text({ value, class: name = "" }: { value: string | undefined; class?: string }) {
  if (!value) return <span class="soft">–</span>;
  return <bdi class={`text ${name}`} title={value.length > 24 ? value.slice(0, 2000) : undefined}>{value.slice(0, 500)}</bdi>;
}

export function Tags({ tags }: { tags: string[] | null | undefined }) {
  if (!tags || tags.length === 0) return <span class="soft">–</span>;
  const shown = tags.slice(0, 6);
  return (
    <span class="tags">
      {shown.map((tag, i) => <bdi class="tag" key={i}>{tag.slice(0, 130)}</bdi>)}
      {tags.length > shown.length && <span class="soft">+{tags.length - shown.length}</span>}
    </span>
  );
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // no clipboard on plain HTTP: the old way needs a field
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "offscreen";
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

export function Copy({ text, label }: { text: string | (() => string | Promise<string>); label?: string }) {
  const [copied, set] = useState("");
  const copy = async () => {
    const done = await copyText(typeof text === "string" ? text : await text());
    set(done ? t("copied") : t("copyFailed"));
    setTimeout(() => set(""), 1500);
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()} title={t("copy")}>
      {copied || label || t("copy")}
    </button>
  );
}

const firstShown = 20_000;

/** A long text as it is; of a huge one the beginning, until all of it is asked for. */
export function Pre({ text, tone = "", label }: { text: string; tone?: string; label: string }) {
  const [all, showAll] = useState(false);
  const cut = !all && text.length > firstShown;
  return (
    <div class={`pre ${tone}`}>
      <pre dir="auto" tabIndex={0} role="group" aria-label={label}>{cut ? text.slice(0, firstShown) : text}</pre>
      {cut && <button type="button" onClick={() => showAll(true)}>{t("showAll", { n: text.length.toLocaleString() })}</button>}
      <Copy text={text} />
    </div>
  );
}

export function Notice({ tone = "", children }: { tone?: string; children: ComponentChildren }) {
  return <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>{children}</div>;
}

export function Failure({ error, what, retry }: { error: unknown; what?: string; retry?: () => void }) {
  return (
    <Notice tone="bad">
      {what && <strong><bdi>{what.slice(0, 200)}</bdi></strong>}
      <bdi>{errorText(error)}</bdi>
      {retry && <button type="button" onClick={retry}>{t("retry")}</button>}
    </Notice>
  );
}

/** A dialog of the browser's own, with its focus and Escape. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    <dialog ref={ref} onClose={close} aria-labelledby="dialog-title">
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks before what can't be undone, does it, and shows why it failed. */
export function Confirm({ title, text, action, does, close }: {
  title: string; text: ComponentChildren; action: string; does: () => Promise<unknown>; close: () => void;
}) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await does();
      close();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="actions">
        <button type="button" onClick={close}>{t("back")}</button>
        <button type="button" class="danger" disabled={busy} onClick={() => void act()}>{action}</button>
      </div>
    </Dialog>
  );
}

export function Fact({ name, children }: { name: Key; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{t(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · pyoco` : "pyoco";
  }, [title]);
}

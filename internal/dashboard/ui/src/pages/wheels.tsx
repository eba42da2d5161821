// Wheels: what is registered, what was, and registering by drop.

import { useState } from "preact/hooks";
import { call, CallError, download, may, self } from "../api";
import { At } from "../clock";
import { useLoad } from "../load";
import { Confirm, Empty, Failure, Notice, Tags, Text, useTitle } from "../parts";
import { ReadOnly } from "../shell";
import { useStore } from "../store";
import { t, type Key } from "../texts";
import type { Wheel, WheelEvent } from "../types";

export function WheelsPage() {
  useTitle(t("wheels"));
  useStore(self);
  const wheels = useLoad((signal) => call<Wheel[]>("wheels", { signal }), []);
  const history = useLoad((signal) => call<WheelEvent[]>("wheels/history?limit=100", { signal }), []);
  const again = () => {
    wheels.again();
    history.again();
  };
  if (wheels.error instanceof CallError && wheels.error.status === 404) return <Empty>{t("noRoute")}</Empty>;
  return (
    <div class="wheels">
      <h1>{t("wheels")}</h1>
      <ReadOnly scope="wheels:write" />
      {may("wheels:write") && <Upload done={again} />}
      {wheels.error !== undefined && <Failure error={wheels.error} retry={wheels.again} />}
      {wheels.value && <List wheels={wheels.value} again={again} />}
      <section class="panel" aria-label={t("history")}>
        <h2>{t("history")}</h2>
        {history.error !== undefined && <Failure error={history.error} retry={history.again} />}
        {history.value && <History events={history.value} />}
      </section>
    </div>
  );
}

function size(bytes: number): string {
  return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", style: "unit", unit: "byte", unitDisplay: "narrow" }).format(bytes);
}

function List({ wheels, again }: { wheels: Wheel[]; again: () => void }) {
  const [gone, drop] = useState<Wheel>();
  const [failure, fail] = useState<unknown>();
  const save = async (wheel: Wheel) => {
    try {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await download(`wheels/${encodeURIComponent(wheel.name)}`));
      link.download = wheel.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      fail(error);
    }
  };
  if (wheels.length === 0) return <Empty>{t("noWheels")}</Empty>;
  return (
    <section class="panel" aria-label={t("wheels")}>
      {failure !== undefined && <Failure error={failure} />}
      <div class="scroll-x" tabIndex={0} role="group" aria-label={t("wheels")}>
        <table>
          <thead><tr><th scope="col">{t("name")}</th><th scope="col">{t("tag")}</th><th scope="col" class="num">{t("size")}</th><th scope="col">SHA-256</th><th scope="col">{t("changed")}</th><th scope="col">{t("action")}</th></tr></thead>
          <tbody>
            {wheels.map((wheel) => (
              <tr key={wheel.name} data-wheel={wheel.name}>
                <th scope="row"><Text value={wheel.name} /></th>
                <td>{wheel.tags?.length ? <Tags tags={wheel.tags} /> : <span class="soft">{t("everyWorker")}</span>}</td>
                <td class="num">{size(wheel.size_bytes)}</td>
                <td><code>{wheel.sha256_hex?.slice(0, 12)}</code></td>
                <td><At at={wheel.mtime ? Date.parse(wheel.mtime) / 1000 : undefined} /></td>
                <td>
                  <button type="button" class="quiet" onClick={() => void save(wheel)}>{t("download")}</button>
                  {may("wheels:write") && <button type="button" class="quiet" onClick={() => drop(wheel)}>{t("delete")}</button>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {gone && (
        <Confirm title={t("deleteWheel")} text={<bdi>{gone.name}</bdi>} action={t("delete")} close={() => drop(undefined)}
          does={async () => { await call(`wheels/${encodeURIComponent(gone.name)}`, { method: "DELETE" }); again(); }} />
      )}
    </section>
  );
}

function Upload({ done }: { done: () => void }) {
  const [tags, setTags] = useState("");
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState("");
  const [told, tell] = useState("");
  const [failure, fail] = useState<{ name: string; error: unknown }>();
  const send = async (files: Iterable<File>) => {
    fail(undefined);
    tell("");
    for (const file of files) {
      setBusy(file.name);
      const form = new FormData();
      form.set("wheel", file, file.name);
      form.set("tags", tags);
      try {
        await call("wheels", { method: "POST", body: form });
        tell(file.name);
      } catch (error) {
        fail({ name: file.name, error });
        break;
      }
    }
    setBusy("");
    done();
  };
  return (
    <div class={`panel drop ${over ? "over" : ""}`} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
      onDrop={(e) => { e.preventDefault(); setOver(false); void send([...(e.dataTransfer?.files ?? [])]); }}>
      <div class="fields">
        <strong>{t("dropWheel")}</strong>
        <label class="button file">{t("chooseFile")}<input type="file" class="offscreen" accept=".whl" multiple onChange={(e) => { void send([...(e.currentTarget.files ?? [])]); e.currentTarget.value = ""; }} /></label>
        <label>{t("wheelTags")}<input type="text" value={tags} onInput={(e) => setTags(e.currentTarget.value)} /></label>
      </div>
      <p class="soft">{t("wheelWarning")}</p>
      {busy && <p role="status">{t("uploading", { name: busy.slice(0, 200) })}</p>}
      {told && !busy && <Notice tone="good"><bdi>{t("uploaded", { name: told.slice(0, 200) })}</bdi></Notice>}
      {failure && <Failure what={failure.name} error={failure.error} />}
    </div>
  );
}

function History({ events }: { events: WheelEvent[] }) {
  if (events.length === 0) return <Empty>{t("noHistory")}</Empty>;
  const at = (when: number | string) => (typeof when === "number" ? when : Date.parse(when) / 1000);
  const word = (action: string) => (action === "upload" || action === "delete" ? t(`action.${action}` as Key) : action);
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label={t("history")}>
      <table>
        <thead><tr><th scope="col">{t("when")}</th><th scope="col">{t("action")}</th><th scope="col">{t("name")}</th><th scope="col">{t("tag")}</th><th scope="col">{t("by")}</th></tr></thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.event_id}>
              <td><At at={at(event.occurred_at)} /></td><td>{word(event.action)}</td><td><Text value={event.wheel_name} /></td><td><Tags tags={event.tags} /></td>
              <td><Text value={event.actor?.api_key_id ?? undefined} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

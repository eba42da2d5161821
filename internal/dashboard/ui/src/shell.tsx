// The frame around every page: where one can go, whether the page is live, language, look and key.

import { useState } from "preact/hooks";
import { may, refusal, self } from "./api";
import { useKeys } from "./keys";
import { connection } from "./live";
import { LettersPage } from "./pages/letters";
import { OverviewPage } from "./pages/overview";
import { SubmitPage } from "./pages/submit";
import { WheelsPage } from "./pages/wheels";
import { WorkerPage, WorkersPage } from "./pages/workers";
import { Dialog, Empty, Notice } from "./parts";
import { go, place, to } from "./route";
import { RunPage } from "./run/page";
import { RunsPage } from "./runs/page";
import { apiKey, chooseKey, chooseLang, chooseTheme, lang, settings, theme } from "./settings";
import { useStore } from "./store";
import { t, type Key } from "./texts";

const places: { path: string; name: Key; scope: string }[] = [
  { path: "overview", name: "overview", scope: "runs:read" },
  { path: "runs", name: "runs", scope: "runs:read" },
  { path: "submit", name: "submit", scope: "runs:read" },
  { path: "workers", name: "workers", scope: "workers:read" },
  { path: "wheels", name: "wheels", scope: "wheels:read" },
  { path: "letters", name: "letters", scope: "runs:read" },
];

export function Shell() {
  const { path } = useStore(place);
  useStore(lang);
  const who = useStore(self);
  const [help, showHelp] = useState(false);
  const here = path[0] ?? "runs";
  useKeys({ "?": () => showHelp(true), "/": () => focusSearch(here) });
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>{t("skip")}</a>
      <header class="top">
        <a class="brand" href="#/runs"><img src="static/favicon.svg" width="22" height="22" alt="" /><span>pyoco</span></a>
        <nav aria-label={t("navigation")}>
          {places.filter((p) => !who || who.scopes.includes(p.scope)).map((p) => (
            <a key={p.path} href={to([p.path])} aria-current={here === p.path ? "page" : undefined}>{t(p.name)}</a>
          ))}
        </nav>
        <div class="tools">
          <Live />
          <button type="button" class="quiet" onClick={() => showHelp(true)} aria-label={t("help")} title={t("help")}>?</button>
          <ThemeSwitch />
          <LangSwitch />
          {settings.auth === "api_key" && <KeyField />}
        </div>
      </header>
      <main id="main" tabIndex={-1} class={`page-${here}`}>
        {who === null ? <NeedsKey /> : <Content path={path} />}
      </main>
      {help && <Help close={() => showHelp(false)} />}
    </>
  );
}

function Content({ path }: { path: string[] }) {
  const [first = "runs", second] = path;
  switch (first) {
    case "overview": return <OverviewPage />;
    case "runs": return second ? <RunPage key={second} id={second} /> : <RunsPage />;
    case "submit": return <SubmitPage />;
    case "workers": return second ? <WorkerPage key={second} id={second} /> : <WorkersPage />;
    case "wheels": return <WheelsPage />;
    case "letters": return <LettersPage />;
  }
  return <Empty>{t("nothingHere")} <a href="#/runs">{t("runs")}</a></Empty>;
}

/** The search is on the list's page; the key that leads there is not to be typed into it. */
function focusSearch(here: string): void {
  if (here !== "runs" || place.value.path[1]) go(to(["runs"]));
  setTimeout(() => (document.getElementById("search") as HTMLInputElement | null)?.select(), 50);
}

function Live() {
  const { state, detail } = useStore(connection);
  return (
    <span class={`live-dot ${state}`} title={detail || t(`connection.${state}`)} role="status">
      <i aria-hidden="true" /><span>{t(`connection.${state}`)}</span>
    </span>
  );
}

function LangSwitch() {
  const now = useStore(lang);
  return (
    <select aria-label={t("language")} value={now} onChange={(e) => chooseLang(e.currentTarget.value as "ja" | "en")}>
      <option value="en">English</option>
      <option value="ja">日本語</option>
    </select>
  );
}

function ThemeSwitch() {
  const now = useStore(theme);
  return (
    <select aria-label={t("theme")} value={now} onChange={(e) => chooseTheme(e.currentTarget.value)}>
      <option value="">{t("theme.auto")}</option>
      <option value="light">{t("theme.light")}</option>
      <option value="dark">{t("theme.dark")}</option>
    </select>
  );
}

function KeyField() {
  const key = useStore(apiKey);
  const who = useStore(self);
  const [typed, type] = useState("");
  if (key && who) {
    return (
      <span class="key">
        <span class="soft" title={who.scopes.join(", ")}>{who.tenant_id}</span>
        <button type="button" onClick={() => chooseKey("")}>{t("forgetKey")}</button>
      </span>
    );
  }
  const use = (e: Event) => {
    e.preventDefault();
    chooseKey(typed.trim());
    type(""); // not by an effect: that comes later, and would take what is typed since
  };
  return (
    <form class="key" onSubmit={use}>
      <input type="password" autocomplete="off" aria-label={settings.header} placeholder={settings.header} value={typed} onInput={(e) => type(e.currentTarget.value)} />
      <button type="submit" disabled={!typed.trim()}>{t("useKey")}</button>
    </form>
  );
}

function NeedsKey() {
  const detail = useStore(refusal);
  return (
    <div class="narrow">
      <h1>{t("keyNeeded")}</h1>
      <p>{t("keyNeededText", { header: settings.header })}</p>
      {detail && <Notice tone="bad"><bdi>{detail}</bdi></Notice>}
    </div>
  );
}

/** Says why something can't be done here; nothing where it can. */
export function ReadOnly({ scope }: { scope: string }) {
  useStore(self);
  if (may(scope) || !self.value) return null;
  return <Notice>{settings.auth === "api_key" ? t("keyLacks", { scope }) : <>{t("readOnly")} <code>PYOCO_DASHBOARD_ACTIONS=1</code> · <code>--dashboard-actions</code></>}</Notice>;
}

const helpKeys: [string, Key][] = [["/", "help.search"], ["j", "help.down"], ["k", "help.up"], ["Enter", "help.open"], ["u", "help.back"], ["?", "help.help"], ["Esc", "help.close"]];

function Help({ close }: { close: () => void }) {
  return (
    <Dialog title={t("help")} close={close}>
      <dl class="keys">
        {helpKeys.map(([key, text]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{t(text)}</dd></div>)}
      </dl>
      <p class="soft">{t("help.search.more")}</p>
      <div class="actions"><span class="soft">pyoco {settings.version}</span><button type="button" onClick={close}>{t("close")}</button></div>
    </Dialog>
  );
}

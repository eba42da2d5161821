// The params of a run that is to be submitted, as a form.

import { Exact, parseExact, show } from "../json";
import { t } from "../texts";

interface Props {
  params: Record<string, unknown>;
  changed: Record<string, unknown>;
  change: (next: Record<string, unknown>) => void;
  bad: Record<string, boolean>;
  setBad: (update: (old: Record<string, boolean>) => Record<string, boolean>) => void;
}

/** A field for each of the file's defaults, by the kind of its value. */
export function Params({ params, changed, change, bad, setBad }: Props) {
  const names = [...new Set([...Object.keys(params), ...Object.keys(changed)])];
  const set = (name: string, value: unknown) => change({ ...changed, [name]: value });
  const setJSON = (name: string, text: string) => {
    try {
      set(name, parseExact(text));
      setBad((old) => ({ ...old, [name]: false }));
    } catch {
      setBad((old) => ({ ...old, [name]: true }));
    }
  };
  if (names.length === 0) return <p class="soft">{t("noParams")}</p>;
  return (
    <>
      <p class="soft">{t("paramsFrom")}</p>
      <div class="params">
        {names.map((name) => {
          const value = name in changed ? changed[name] : params[name];
          const label = <bdi>{name.slice(0, 100)}</bdi>;
          if (typeof value === "boolean") {
            return <label key={name} class="check"><input type="checkbox" checked={value} onChange={(e) => set(name, e.currentTarget.checked)} />{label}</label>;
          }
          if (typeof value === "string") {
            return <label key={name}>{label}<input type="text" dir="auto" value={value} data-param={name} onInput={(e) => set(name, e.currentTarget.value)} /></label>;
          }
          const small = value === null || typeof value !== "object" || value instanceof Exact;
          return (
            <label key={name}>{label}
              {small ? <input type="text" inputMode="decimal" defaultValue={show(value)} data-param={name} aria-invalid={bad[name] ? "true" : undefined} onInput={(e) => setJSON(name, e.currentTarget.value)} />
                : <textarea rows={4} defaultValue={show(value)} data-param={name} aria-invalid={bad[name] ? "true" : undefined} onInput={(e) => setJSON(name, e.currentTarget.value)} />}
              {bad[name] && <span class="bad" role="alert">{label} {t("badJSON")}</span>}
            </label>
          );
        })}
      </div>
    </>
  );
}

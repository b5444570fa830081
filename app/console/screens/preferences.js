/** How the reader wants to be told: by which channels, when mail is sent, and of which workspaces nothing. */

import { html, useState } from "../vendor/ui.js";
import { ApiError, put, remove, request } from "../core/api.js";
import { useResource } from "../core/data.js";
import { to } from "../core/router.js";
import { me } from "../core/session.js";
import { LANGUAGE, texts } from "../core/texts.js";
import { Form } from "../parts/form.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/notifications.js";
import { Browsers } from "./preferences_browsers.js";

const t = texts("notifications", english);
const c = texts("common", common);
const PATH = "/users/me/notification-preferences";
const weekday = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", timeZone: "UTC" });
const hour = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
/** @type {[string, string][]} */
const HOURS = Array.from({ length: 24 }, (_, i) => [String(i), hour.format(Date.UTC(2024, 0, 1, i))]);
// The first of January 2024 was a Monday.
/** @type {[string, string][]} */
const DAYS = Array.from({ length: 7 }, (_, i) => [String(i + 1), weekday.format(Date.UTC(2024, 0, 1 + i))]);

export default function Preferences() {
  const preferences = useResource(PATH);
  return html`<${Page} title=${t.preferencesTitle} about=${t.preferencesAbout} crumb=${{ label: t.title, address: to("/notifications") }}>
    <${Shown} of=${preferences}>${() => html`<${Channels} preferences=${preferences} /><${Mail} key=${preferences.etag} preferences=${preferences} />${preferences.data.push_key && html`<${Browsers} pushKey=${preferences.data.push_key} />`}<${Muted} preferences=${preferences} />`}<//>
  <//>`;
}

/** All that is sent, as it is now. @param {any} data */
const whole = ({ channels, digest, digest_hour, digest_weekday, time_zone }) => ({ channels, digest, digest_hour, digest_weekday, time_zone });

/** @param {{ preferences: any }} props as `useResource` answers it */
function Channels({ preferences }) {
  const { data, etag } = preferences;
  // What was ticked is shown so while it is being kept.
  const [asked, setAsked] = useState(/** @type {any} */ (null));
  const isBusy = asked !== null;
  const offered = Object.keys(t.channels).filter((each) => each === "in_app" || (each === "email" ? data.sends_mail : data.push_key));
  const toggle = async (/** @type {string} */ kind, /** @type {string} */ channel) => {
    const own = data.channels[kind];
    const channels = { ...data.channels, [kind]: own.includes(channel) ? own.filter((/** @type {string} */ each) => each !== channel) : [...own, channel] };
    setAsked(channels);
    try {
      const { data: now, etag: tag } = await request("PUT", PATH, { body: { ...whole(data), channels }, match: etag });
      preferences.set(now, tag);
    } catch (error) {
      const isStale = /** @type {ApiError} */ (error).status === 412;
      complain(isStale ? new Error(c.conflict) : error);
      await preferences.reload();
    }
    setAsked(null);
  };
  return html`<div class="table scroll card-like" tabindex="0" role="region" aria-label=${t.preferencesTitle} aria-busy=${isBusy}>
    <table class="matrix">
      <caption class="unseen">${t.preferencesAbout}</caption>
      <thead><tr><th scope="col">${t.kind}</th>${offered.map((each) => html`<th scope="col" key=${each}>${t.channels[each]}</th>`)}<td></td></tr></thead>
      <tbody>
        ${Object.keys(data.channels).map(
          (kind) => html`<tr key=${kind}><th scope="row">${t.reasons[kind] ?? kind}</th>
            ${offered.map((each) => html`<td key=${each}>${(kind !== "invited" || each === "in_app") && html`<input type="checkbox" aria-label=${t.cell(t.reasons[kind] ?? kind, t.channels[each])} checked=${(asked ?? data.channels)[kind].includes(each)} disabled=${isBusy} onChange=${() => toggle(kind, each)} />`}</td>`)}<td></td></tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** @param {{ preferences: any }} props */
function Mail({ preferences }) {
  const { data } = preferences;
  const [was] = useState(data);
  const [etag, setEtag] = useState(preferences.etag);
  if (!data.sends_mail) return html`<${Section} title=${t.mail}><p>${t.noMail}</p><//>`;
  const zones = [...new Set(["UTC", was.time_zone, ...Intl.supportedValuesOf("timeZone")])].sort();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "digest", label: t.digest, type: "select", options: Object.entries(t.digests) },
    { name: "digest_hour", label: t.hour, type: "select", options: HOURS },
    { name: "digest_weekday", label: t.weekday, type: "select", options: DAYS },
    { name: "time_zone", label: t.zone, type: "select", options: zones.map((each) => [each, each.replaceAll("_", " ")]) },
  ];
  const texted = (/** @type {any} */ given) => ({ ...given, digest_hour: String(given.digest_hour), digest_weekday: String(given.digest_weekday) });
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    const body = { ...whole(data), ...values, digest_hour: Number(values.digest_hour), digest_weekday: Number(values.digest_weekday) };
    await put(PATH, body, { match: isForced ? null : etag });
    toast(t.saved);
    await preferences.reload();
  };
  const conflict = async () => {
    const now = await request("GET", PATH);
    setEtag(now.etag);
    return texted(now.data);
  };
  return html`<${Section} title=${t.mail}><${Form} fields=${fields} values=${texted(was)} action=${c.save} onSubmit=${submit} onConflict=${conflict} /><//>`;
}

/** @param {{ preferences: any }} props */
function Muted({ preferences }) {
  const muted = preferences.data.muted_workspaces;
  const set = async (/** @type {string} */ id, /** @type {boolean} */ isOn) => {
    const path = `/workspaces/${id}/mute`;
    if (await attempt(() => (isOn ? put(path) : remove(path)), t.saved)) await preferences.reload();
  };
  return html`<${Section} title=${t.muted}>
    <p class="about">${t.mutedAbout}</p>
    <ul class="rows">
      ${me.value?.workspaces.map(({ id, name }) => {
        const isOn = muted.includes(id);
        return html`<li key=${id}><span class="grow">${name} ${isOn && html`<${Badge} kind="warn">${t.isMuted}<//>`}</span>
          <button type="button" class="secondary small" aria-label=${`${isOn ? t.unmute : t.mute}: ${name}`} onClick=${() => set(id, !isOn)}>${isOn ? t.unmute : t.mute}</button></li>`;
      })}
    </ul>
  <//>`;
}

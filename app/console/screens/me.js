/** The reader's own account: profile and picture, password, sessions, a file of what is kept of them, and its end. */

import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { patch, post, put, remove, request } from "../core/api.js";
import { useEvery, usePages, useResource } from "../core/data.js";
import { Face, know } from "../core/people.js";
import { load, me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { save, size } from "../core/transfer.js";
import { Confirm, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/me.js";
import { Erasure, Password, Presence } from "./me_account.js";

const t = texts("me", english);
const c = texts("common", common);

export default function Mine() {
  const path = `/users/${encodeURIComponent(me.value?.user.user_id ?? "")}`;
  const profile = useResource(path);
  return html`<${Page} title=${t.title} about=${t.about}>
    <${Shown} of=${profile}>${() => html`<${Picture} path=${path} profile=${profile} /><${Profile} path=${path} profile=${profile} />`}<//>
    <${Presence} path=${path} />
    <${Password} path=${path} />
    <${Sessions} />
    <${Exports} path=${path} />
    <${Erasure} path=${path} />
  <//>`;
}

/** @param {{ path: string, profile: any }} props profile: as `useResource` answers it */
function Profile({ path, profile }) {
  const [was] = useState(profile);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, hint: t.nameHint, maxLength: 200, autocomplete: "name" },
    { name: "bio", label: t.bio, type: "textarea", maxLength: 1000 },
  ];
  const [etag, setEtag] = useState(was.etag);
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    const told = await patch(`${path}/profile`, values, { match: isForced ? null : etag });
    know([{ user_id: told.id, display_name: told.display_name }]);
    toast(c.saved);
    await load();
    const now = await request("GET", path);
    profile.set(now.data, now.etag);
    setEtag(now.etag);
  };
  const conflict = async () => {
    const now = await request("GET", path);
    setEtag(now.etag);
    return now.data;
  };
  return html`<${Section} title=${t.profile}>
    <p class="about">${profile.data.email}</p>
    <${Form} fields=${fields} values=${was.data} action=${c.save} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}

/** @param {{ path: string, profile: any }} props */
function Picture({ path, profile }) {
  const { data } = profile;
  const [address, setAddress] = useState("");
  const [turn, setTurn] = useState(0);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    let made = "";
    let isWanted = true;
    // A plain <img> cannot say that it is the console who asks.
    const read = async () => {
      const { data: blob } = await request("GET", `${path}/avatar`, { as: "blob", accept: "image/*" });
      if (!isWanted) return;
      made = URL.createObjectURL(blob);
      setAddress(made);
    };
    if (data.has_avatar) attempt(read);
    else setAddress("");
    return () => {
      isWanted = false;
      if (made) URL.revokeObjectURL(made);
    };
  }, [data.has_avatar, turn]);
  const send = async (/** @type {any} */ event) => {
    const [file] = event.target.files;
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    event.target.value = "";
    if (await attempt(() => put(`${path}/avatar`, form), t.pictureSet)) {
      // Before the rest is read, so that the picture is read once: an address that is taken back while it loads fails.
      setTurn((now) => now + 1);
      await profile.reload();
    }
  };
  const take = async () => (await attempt(() => remove(`${path}/avatar`), t.pictureGone)) && profile.reload();
  return html`<${Section} title=${t.picture}>
    <div class="portrait">
      ${address ? html`<img src=${address} alt=${t.pictureOf(data.display_name ?? "")} width="72" height="72" />` : html`<${Face} id=${data.id} />`}
      <div>
        <input ref=${input} type="file" accept="image/png,image/jpeg,image/webp" aria-label=${t.choosePicture} hidden onChange=${send} />
        <div class="actions">
          <button type="button" class="secondary" onClick=${() => input.current?.click()}>${t.choosePicture}</button>
          ${data.has_avatar && html`<button type="button" class="danger" onClick=${take}>${t.removePicture}</button>`}
        </div>
        <small>${t.pictureHint}</small>
      </div>
    </div>
  <//>`;
}

function Sessions() {
  const sessions = useResource("/auth/oauth/sessions");
  const everywhere = useDialog("everywhere");
  const end = async (/** @type {any} */ each) => {
    if (await attempt(() => remove(`/auth/oauth/sessions/${each.id}`), t.ended)) await (each.is_current ? load() : sessions.reload());
  };
  const endAll = async () => (await attempt(() => post("/auth/revoke-all"))) && load();
  return html`<${Section} title=${t.sessions} actions=${html`<button type="button" class="danger" onClick=${() => everywhere.open()}>${t.endOthers}</button>`}>
    <p class="about">${t.sessionsAbout}</p>
    <${Shown} of=${sessions}>${() => html`<ul class="rows">
      ${sessions.data.items.map(
        (/** @type {any} */ each) => html`<li key=${each.id}>
          <span class="grow">${t.session(each.user_agent, each.provider)} ${each.is_current && html`<${Badge} kind="good">${t.thisOne}<//>`}
            <br /><small>${t.lastSeen} <${Time} at=${each.last_seen_at} short /> · ${t.until} <${Time} at=${each.expires_at} /></small></span>
          <button type="button" class="secondary small" aria-label=${`${t.end}: ${t.session(each.user_agent, each.provider)}`} onClick=${() => end(each)}>${t.end}</button>
        </li>`,
      )}
    </ul>`}<//>
    ${everywhere.isOpen && html`<${Confirm} title=${t.endOthers} text=${t.endOthersText} action=${t.endOthers} onClose=${everywhere.close} onConfirm=${endAll} />`}
  <//>`;
}

/** @param {{ path: string }} props */
function Exports({ path }) {
  const pages = usePages(`${path}/data-exports`);
  // No event tells when it is ready.
  useEvery(pages.items.some(({ state }) => state === "PENDING") ? 3 : null, pages.reload);
  const ask = async () => (await attempt(() => post(`${path}/data-exports`), t.asked)) && pages.reload();
  const button = html`<button type="button" class="secondary" onClick=${ask}>${t.ask}</button>`;
  const columns = [
    { label: t.madeAt, isMain: true, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} />` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.state === "READY" ? "good" : "info"}>${each.state === "READY" ? t.ready : t.making}<//>` },
    { label: t.size, show: (/** @type {any} */ each) => each.size !== null && size(each.size) },
    { label: t.expires, show: (/** @type {any} */ each) => html`<${Time} at=${each.expires_at} />` },
    {
      label: c.actions,
      isQuiet: true,
      show: (/** @type {any} */ each) =>
        each.state === "READY" && html`<button type="button" class="secondary small" onClick=${() => attempt(() => save(`${path}/data-exports/${each.id}/download`))}>${t.fetch}</button>`,
    },
  ];
  return html`<${Section} title=${t.data} actions=${pages.items.length > 0 && button}>
    <p class="about">${t.dataAbout}</p>
    <${Table} label=${t.data} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noFiles} text=${t.noFilesMore} icon="file">${button}<//>`} />
  <//>`;
}

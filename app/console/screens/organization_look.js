/** How an organisation presents itself: what it will look like is seen while it is typed. */

import { html, useRef, useState } from "../vendor/ui.js";
import { put, remove, request } from "../core/api.js";
import { brand, forgetBrands } from "../core/brand.js";
import { useResource } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { texts } from "../core/texts.js";
import { Form } from "../parts/form.js";
import { Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);
const c = texts("common", common);
const COLOR = /^#[0-9a-f]{6}$/i;

export function Look() {
  const { path, may } = useThere();
  const branding = useResource(`${path}/branding`);
  if (branding.error?.status === 404 && !may("ADMIN")) return html`<${Empty} title=${t.noLook} icon="org" />`;
  return html`<${Shown} of=${branding}>${() => html`<${Worn} key=${branding.etag} branding=${branding} />`}<//>`;
}

/** @param {{ branding: any }} props as `useResource` answers it */
function Worn({ branding }) {
  const { path, may } = useThere();
  const [was] = useState(branding.data);
  const [etag, setEtag] = useState(branding.etag);
  const [seen, setSeen] = useState(was);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "product_name", label: t.product, hint: t.productHint, maxLength: 100 },
    { name: "accent_color", label: t.accent, hint: t.colorHint, maxLength: 7 },
    { name: "text_color", label: t.onAccent, hint: t.colorHint, maxLength: 7 },
    { name: "sender_name", label: t.sender, maxLength: 100 },
    { name: "sender_address", label: t.senderAddress, type: "email", maxLength: 254 },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    await put(`${path}/branding`, values, { match: isForced ? null : etag });
    toast(c.saved);
    forgetBrands();
    await branding.reload();
  };
  const conflict = async () => {
    const now = await request("GET", `${path}/branding`);
    setEtag(now.etag);
    setSeen(now.data);
    return now.data;
  };
  const see = (/** @type {any} */ event) => setSeen((/** @type {any} */ now) => ({ ...now, [event.target.name]: event.target.value }));
  return html`<${Section} title=${t.look}>
      <div onInput=${see}>
        ${may("ADMIN")
          ? html`<${Form} fields=${fields} values=${was} action=${c.save} onSubmit=${submit} onConflict=${conflict}><${Preview} of=${seen} /><//>`
          : html`<${Preview} of=${seen} />`}
      </div>
    <//>
    ${may("ADMIN") && html`<${Logo} branding=${branding} />`}`;
}

/** @param {{ of: any }} props */
function Preview({ of }) {
  const isColored = COLOR.test(of.accent_color ?? "") && COLOR.test(of.text_color ?? "");
  const style = isColored ? { background: of.accent_color, borderColor: of.accent_color, color: of.text_color } : {};
  return html`<p class="about">${t.preview}</p>
    <div class="preview" aria-hidden="true">
      <img src=${brand.value?.logo ?? new URL("../icon.svg", import.meta.url).pathname} alt="" width="28" height="28" />
      <strong>${of.product_name || c.service}</strong>
      <span class="badge" style=${style}>${t.previewButton}</span>
    </div>`;
}

/** @param {{ branding: any }} props */
function Logo({ branding }) {
  const { path } = useThere();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const done = async (/** @type {() => Promise<unknown>} */ work) => {
    if (!(await attempt(work, c.saved))) return;
    forgetBrands();
    await branding.reload();
  };
  const send = async (/** @type {any} */ event) => {
    const [file] = event.target.files;
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    event.target.value = "";
    await done(() => put(`${path}/branding/logo`, form));
  };
  return html`<${Section} title=${t.logo}>
    <input ref=${input} type="file" accept="image/png,image/jpeg,image/webp" aria-label=${t.chooseLogo} hidden onChange=${send} />
    <div class="actions">
      <button type="button" class="secondary" onClick=${() => input.current?.click()}>${t.chooseLogo}</button>
      ${branding.data.logo_sha256 && html`<button type="button" class="danger" onClick=${() => done(() => remove(`${path}/branding/logo`))}>${t.removeLogo}</button>`}
    </div>
    <p class="about">${t.logoHint}</p>
  <//>`;
}

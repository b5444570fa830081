/** What others are told of the reader, their password, and the end of their account. */

import { html, useState } from "../vendor/ui.js";
import { ApiError, patch, post, put } from "../core/api.js";
import { useResource } from "../core/data.js";
import { keepPlace, load, signInAddress } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Section } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/me.js";

const t = texts("me", english);
const c = texts("common", common);
/** The accounts of the service's own. */
const LOCAL = "local";

/** @param {{ path: string }} props */
export function Presence({ path }) {
  const setting = useResource(`${path}/presence`);
  const set = (/** @type {any} */ event) => attempt(async () => setting.set(await put(`${path}/presence`, { is_hidden: event.target.checked })), c.saved);
  return html`<${Section} title=${t.presence}>
    <p class="about">${t.presenceAbout}</p>
    <${Shown} of=${setting}>${() => html`<label><input type="checkbox" checked=${setting.data.is_hidden} onChange=${set} /> ${t.hide}</label>`}<//>
  <//>`;
}

/** @param {{ path: string }} props */
export function Password({ path }) {
  const session = useResource("/auth/oauth/session");
  const changing = useDialog("password");
  const isLocal = session.data?.provider === LOCAL;
  const button = isLocal && html`<button type="button" class="secondary" onClick=${() => changing.open()}>${t.changePassword}</button>`;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "current_password", label: t.currentPassword, type: "password", required: true, maxLength: 256, autocomplete: "current-password" },
    { name: "new_password", label: t.newPassword, type: "password", required: true, maxLength: 256, autocomplete: "new-password" },
    { name: "again", label: t.again, type: "password", required: true, maxLength: 256, autocomplete: "new-password" },
  ];
  const submit = async (/** @type {any} */ { current_password, new_password, again }) => {
    if (new_password !== again) throw new ApiError(0, { message: t.notTheSame, details: { problems: [{ field: "again", problem: t.notTheSame }] } });
    await patch(`${path}/password`, { current_password, new_password });
    toast(t.passwordChanged);
    // Whoever signs in comes back here, and not to this again.
    changing.close();
    await load();
  };
  return html`<${Section} title=${t.password} actions=${button}>
    <${Shown} of=${session}>${() => html`<p class="about">${isLocal ? t.passwordAbout : t.passwordElsewhere(session.data.provider)}</p>`}<//>
    ${changing.isOpen && button && html`<${Dialog} title=${t.changePassword} onClose=${changing.close}>
      <p class="about">${t.changePasswordText}</p>
      <${Form} fields=${fields} action=${t.changePassword} onCancel=${changing.close} onSubmit=${submit} />
    <//>`}
  <//>`;
}

/** @param {{ path: string }} props */
export function Erasure({ path }) {
  const erasing = useDialog("erase");
  return html`<${Section} title=${t.erasure} actions=${html`<button type="button" class="danger" onClick=${() => erasing.open()}>${t.erase}</button>`}>
    <p class="about">${t.erasureAbout}</p>
    ${erasing.isOpen && html`<${Erase} path=${path} onClose=${erasing.close} />`}
  <//>`;
}

/** @param {{ path: string, onClose: () => void }} props */
function Erase({ path, onClose }) {
  const session = useResource("/auth/oauth/session");
  const [isStale, setStale] = useState(false);
  const form = () => {
    const { provider } = session.data;
    /** @type {import("../parts/form.js").Field[]} */
    const fields = [{ name: "is_sure", label: t.sure, type: "checkbox", required: true }];
    if (provider === LOCAL) fields.unshift({ name: "current_password", label: t.currentPassword, type: "password", required: true, maxLength: 256, autocomplete: "current-password" });
    const submit = async (/** @type {any} */ { current_password }, /** @type {any} */ { key }) => {
      try {
        await post(`${path}/erasure`, provider === LOCAL ? { current_password } : {}, { key });
      } catch (problem) {
        setStale(/** @type {ApiError} */ (problem).details?.required === "fresh sign-in");
        throw problem;
      }
      toast(t.erased);
      onClose();
      await load();
    };
    return html`<${Form} fields=${fields} action=${t.erase} isDanger onCancel=${onClose} onSubmit=${submit}>
      ${isStale && html`<p><a href=${signInAddress(provider)} onClick=${keepPlace}>${t.signInAgain}</a></p>`}
    <//>`;
  };
  return html`<${Dialog} title=${t.erase} onClose=${onClose}>
    <p>${t.eraseText}</p>
    <${Shown} of=${session}>${form}<//>
  <//>`;
}

/** What stands around every screen: who one is, where one is, where one can go, and whether it is live. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { follow, connection, present, useChanges } from "../core/live.js";
import { useResource } from "../core/data.js";
import { know, meet, Face } from "../core/people.js";
import { match, place, to } from "../core/router.js";
import { brand, wear } from "../core/brand.js";
import { load, me, signOut } from "../core/session.js";
import { texts } from "../core/texts.js";
import { theme, THEMES } from "../core/theme.js";
import { judge, WorkspaceContext } from "../core/workspace.js";
import { ROOT } from "../core/place.js";
import { SCREENS } from "../screens.js";
import names from "../texts/screens.js";
import english from "../texts/shell.js";
import errors from "../texts/errors.js";
import { Bell } from "./bell.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Search } from "./search.js";
import { SignIn } from "./sign_in.js";
import { Empty, Failure, Guarded, Loading } from "./states.js";
import { attempt, Toasts } from "./toast.js";

const t = texts("shell", english);
const e = texts("errors", errors);
const titles = texts("screens", names);

/** @typedef {import("../screens.js").Screen} Screen */

export function App() {
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const begin = () => {
    setFault(null);
    load().catch(setFault);
  };
  useEffect(begin, []);
  const reader = me.value;
  useEffect(() => {
    if (reader) know([reader.user]);
    else follow(null);
  }, [reader]);
  const inside = () => {
    if (fault) return html`<main class="alone"><${Failure} error=${fault} retry=${begin} /></main>`;
    if (reader === undefined) return html`<main class="alone"><${Loading} /></main>`;
    return reader === null ? html`<${SignIn} />` : html`<${Signed} />`;
  };
  return html`${inside()}<${Toasts} />`;
}

/** The screen that an address names, and what it names in it. @param {string} path */
function find(path) {
  for (const screen of SCREENS) {
    const params = match(screen.path, path);
    if (params) return { screen, params };
  }
  return null;
}

function Signed() {
  const found = find(place.value.path);
  const workspace = found?.params.workspace ?? null;
  useEffect(() => {
    follow(workspace);
    if (workspace === null) wear(null);
  }, [workspace]);
  return workspace ? html`<${InWorkspace} key=${workspace} id=${workspace} found=${found} />` : html`<${Frame} found=${found} />`;
}

/** @param {{ id: string, found: any }} props */
function InWorkspace({ id, found }) {
  const path = `/workspaces/${encodeURIComponent(id)}`;
  const workspace = useResource(path);
  const roles = useResource(`${path}/roles`);
  useEffect(() => void meet(path), [path]);
  useEffect(() => void wear(workspace.data?.org_id ?? null), [workspace.data?.org_id]);
  // Whoever gets another role sees at once what it lets them do.
  useChanges(({ object_type: type }) => {
    if (type === "workspace") workspace.reload();
    if (type === "member" || type === "transfer") {
      roles.reload();
      workspace.reload();
    }
  });
  useEffect(() => {
    if (connection.value === "ended") workspace.reload();
  }, [connection.value]);
  const error = workspace.error ?? roles.error;
  if (error) {
    const retry = () => {
      workspace.reload();
      roles.reload();
    };
    return html`<${Frame} found=${found} error=${error} retry=${retry} />`;
  }
  if (!workspace.data || !roles.data) return html`<${Frame} found=${found} isWaiting />`;
  const here = {
    workspace: workspace.data,
    etag: workspace.etag,
    roles: roles.data,
    path,
    at: (/** @type {string} */ more = "") => to(`/w/${encodeURIComponent(workspace.data.id)}/${more.replace(/^\//, "")}`.replace(/\/$/, "")),
    may: judge(roles.data),
    reload: workspace.reload,
    set: workspace.set,
  };
  return html`<${WorkspaceContext.Provider} value=${here}><${Frame} found=${found} here=${here} /><//>`;
}

/**
 * @param {{ found: { screen: Screen, params: Record<string, string> } | null, here?: import("../core/workspace.js").Here, error?: any, retry?: () => void, isWaiting?: boolean }} props
 */
function Frame({ found, here, error, retry, isWaiting = false }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [place.value.path]);
  const shown = () => {
    if (error) return html`<${Failure} error=${error} retry=${retry} />`;
    if (isWaiting) return html`<${Loading} />`;
    if (!found || (found.screen.admin && !me.value?.is_platform_admin)) return html`<${Missing} />`;
    if (found.screen.needs && here && !here.may(found.screen.needs)) return html`<${Empty} title=${e.denied} text=${e.deniedMore} icon="lock" />`;
    return html`<${Guarded} key=${place.value.path}><${Screened} screen=${found.screen} params=${found.params} /><//>`;
  };
  return html`<a class="skip" href="#content">${t.skip}</a>
    <header class="bar">
      <button type="button" class="plain burger" aria-expanded=${isOpen} aria-controls="navigation" aria-label=${t.menu} onClick=${() => setOpen(!isOpen)}><${Icon} name=${isOpen ? "close" : "menu"} /></button>
      <a class="brand" href=${to("/")}><img src=${brand.value?.logo ?? new URL("../icon.svg", import.meta.url).pathname} alt="" width="22" height="22" /><span>${brand.value?.name ?? t.product}</span></a>
      <${Switcher} here=${here} />
      <${Search} here=${here} />
      <${Connection} />
      <${Bell} />
      <${Account} />
    </header>
    <div class="body">
      <nav id="navigation" class=${isOpen ? "open" : ""} aria-label=${t.navigation}><${Navigation} found=${found} here=${here} /></nav>
      <main id="content" tabindex="-1">
        <${Notices} here=${here} />
        ${shown()}
      </main>
    </div>`;
}

/** @param {{ screen: Screen, params: Record<string, string> }} props */
function Screened({ screen, params }) {
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let isWanted = true;
    screen.load().then(
      (module) => isWanted && setShown(() => module.default),
      (problem) => isWanted && setFault(problem),
    );
    return () => {
      isWanted = false;
    };
  }, [screen]);
  if (fault) {
    // Most likely a newer version is served, which has not the files of this one.
    console.warn(fault);
    return html`<${Empty} title=${e.outdated} icon="warning"><button type="button" onClick=${() => location.reload()}>${e.reload}</button><//>`;
  }
  return shown === null ? html`<${Loading} />` : html`<${shown} params=${params} />`;
}

function Missing() {
  return html`<${Empty} title=${t.missing} text=${t.missingMore} icon="warning"><a role="button" href=${to("/")}>${t.home}</a><//>`;
}

/** What the reader's role lets them go to. @param {{ found: any, here?: import("../core/workspace.js").Here }} props */
function Navigation({ found, here }) {
  const groups = here ? ["work", "people", "connect", "manage"] : ["top"];
  return groups.map((group) => {
    const rows = SCREENS.filter(
      (each) => each.group === group && (!each.needs || here?.may(each.needs)) && (!each.admin || me.value?.is_platform_admin),
    );
    if (!rows.length) return null;
    return html`<section key=${group}>
      <h2>${titles.groups[group]}</h2>
      <ul>
        ${rows.map((each) => {
          const address = to(each.path.replace(":workspace", here?.workspace.id ?? ""));
          const isHere = found?.screen === each;
          return html`<li key=${each.name}><a href=${address} aria-current=${isHere ? "page" : undefined}><${Icon} name=${each.icon} />${titles.screens[each.name]}</a></li>`;
        })}
      </ul>
    </section>`;
  });
}

/** @param {{ here?: import("../core/workspace.js").Here }} props */
function Switcher({ here }) {
  const workspaces = me.value?.workspaces ?? [];
  const face = html`<span class="current">${here?.workspace.name ?? t.allWorkspaces}</span><${Icon} name="down" />`;
  return html`<div class="switcher"><${Menu} label=${t.switch} face=${face} isEnd=${false}>
    <a href=${to("/")}>${t.allWorkspaces}</a>
    ${workspaces.slice(0, 15).map(({ id, name }) => html`<a key=${id} href=${to(`/w/${id}`)} aria-current=${id === here?.workspace.id ? "true" : undefined}>${name}</a>`)}
  <//></div>`;
}

function Connection() {
  const state = connection.value;
  if (state === "idle") return html`<span class="connection"></span>`;
  const count = present.value.size;
  const text = state === "live" && count > 1 ? `${t.connections[state]} · ${t.present(count)}` : t.connections[state];
  return html`<span class=${`connection ${state}`} role="status" title=${text}><span class="dot" aria-hidden="true"></span><span class="words">${text}</span></span>`;
}

function Account() {
  const user = me.value?.user;
  const start = useResource("/");
  const documentation = start.data?.links.documentation;
  if (!user) return null;
  return html`<${Menu} label=${t.account} face=${html`<${Face} id=${user.user_id} />`}>
    <p class="who"><strong>${user.display_name}</strong><br /><small>${user.email}</small></p>
    <fieldset>
      <legend>${t.theme}</legend>
      ${THEMES.map(
        (each) => html`<label key=${each}><input type="radio" name="theme" checked=${theme.value === each} onChange=${() => {
          theme.value = each;
        }} /> ${t.themes[each]}</label>`,
      )}
    </fieldset>
    <a href=${to("/me")}>${t.profile}</a>
    ${documentation && html`<a href=${ROOT + documentation} target="_blank" rel="noopener">${t.documentation}</a>`}
    <button type="button" class="plain" onClick=${() => attempt(signOut)}>${t.signOut}</button>
  <//>`;
}

/** @param {{ here?: import("../core/workspace.js").Here }} props */
function Notices({ here }) {
  const notes = [];
  if (connection.value === "lost") notes.push(t.lost);
  if (connection.value === "ended") notes.push(t.ended);
  if (here?.workspace.status === "SUSPENDED") notes.push(t.suspended);
  if (here?.workspace.status === "ARCHIVED") notes.push(t.archived);
  return html`<div role="status">${notes.map((each) => html`<p class="notice" key=${each}><${Icon} name="warning" /> ${each}</p>`)}</div>`;
}


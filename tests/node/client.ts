// A portal's way to this service: the types are generated from app/openapi.json, and this must compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8000" });
const headers = { Authorization: "Bearer token", "X-PMA-Token": "token" };

export async function tour(): Promise<components["schemas"]["Workspace"][]> {
  const { data: created, error } = await client.POST("/workspaces", {
    body: { name: "Roadmap 2027" },
    headers: { ...headers, "Idempotency-Key": crypto.randomUUID() },
  });
  if (error !== undefined) {
    throw new Error(`${error.error_code}: ${error.message} (${error.request_id})`);
  }
  const workspace_id: string = created.id;
  const token: string = created.pma_token;
  const added = await client.POST("/workspaces/{workspace_id}/members", {
    params: { path: { workspace_id } },
    body: { user_id: "0f8fad5b-d9cb-469f-a165-70867728950e", role: "MEMBER" },
    headers: { ...headers, "X-PMA-Token": token },
  });
  const role: "OWNER" | "ADMIN" | "MEMBER" | "VIEWER" | undefined = added.data?.role;
  const renamed = await client.PATCH("/workspaces/{workspace_id}", {
    params: { path: { workspace_id }, header: { "if-match": `"${created.version}"` } },
    body: { name: role ?? "Roadmap" },
    headers,
  });
  if (renamed.response.status === 412) {
    return [];
  }
  const page = await client.GET("/workspaces", { params: { query: { limit: 50 } }, headers });
  return page.data?.items ?? [];
}

// @ts-expect-error: a role that does not exist is refused by the compiler
export const wrong: components["schemas"]["MemberAdd"] = { user_id: "x", role: "KING" };

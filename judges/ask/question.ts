// Asks one question with fetch; every name in it is checked against the types that openapi-typescript made.
import type { paths } from "./titian";

declare const process: { env: Record<string, string> };

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Token = Json<paths["/oauth/token"]["post"]["responses"][200]>;
type Answer = Json<paths["/v1/bantuan"]["get"]["responses"][200]>;
type Query = NonNullable<paths["/v1/bantuan"]["get"]["parameters"]["query"]>;

const { BASE, CLIENT_ID, CLIENT_SECRET } = process.env;

async function asked<T>(path: keyof paths, init: RequestInit, query = ""): Promise<T> {
  const reply = await fetch(BASE + path + query, init);
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as T;
}

const form = new URLSearchParams({ grant_type: "client_credentials" });
const basic = "Basic " + btoa(`${CLIENT_ID}:${CLIENT_SECRET}`);
const { access_token } = await asked<Token>("/oauth/token", { method: "POST", body: form, headers: { Authorization: basic } });

const query: Query = { program: ["PKH"], limit: 2 };
const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
const { data, meta } = await asked<Answer>("/v1/bantuan", { headers: { Authorization: `Bearer ${access_token}` } }, `?${words}`);
if (data.some((record) => record.program !== "PKH")) throw new Error("not what was asked for");
console.log(`200, ${meta.count} records, complete ${meta.complete}, first ${data[0]?.id}`);

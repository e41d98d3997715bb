const WELCOME = `# 두레 GraphQL
# 위에서 로그인하면 그 사용자로 실행합니다. Sign in above, and what you run is run for you.
# Ctrl-Space 자동 완성, Ctrl-Enter 실행.

{
  __typename
}
`;

/** The tabs a first visit opens: the examples the server put into the page, or a welcome. */
export function defaultTabs(examples) {
  if (!Array.isArray(examples) || examples.length === 0) return [{ query: WELCOME }];
  return examples.map(({ title, query, variables }) => ({
    query: title ? `# ${title}\n${query}` : query,
    variables: written(variables),
  }));
}

function written(variables) {
  if (variables === undefined || variables === null || typeof variables === "string") return variables ?? null;
  return JSON.stringify(variables, null, 2);
}

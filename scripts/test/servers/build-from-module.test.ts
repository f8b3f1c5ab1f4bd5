import { describe, expect, it } from "vitest";
import { firstProxy, jobArgs, toGoMod } from "../../servers/build-from-module.ts";
import type { GoRecipe } from "../../servers/recipes.ts";

const recipe: GoRecipe = {
  how: "go",
  module: "example.org/server/v3",
  moduleVersion: "v3.7.8",
  packages: { server: "cmd/server" },
  needs: [],
};

const released = `module example.org/server/v3

go 1.26.5

require (
\texample.org/a v1.0.0
)

replace example.org/a => example.org/b v1.2.0 // a fork

replace (
\texample.org/c v1.0.0 => example.org/d v1.0.0
)

replace example.org/server/push => ./push
`;

describe("the module that builds a server of others", () => {
  // Red when: the filter for `./` is left out, or the lines within brackets are not read.
  it("repeats the replacements of the release, but for those into its own folder", () => {
    expect(toGoMod(recipe, released)).toBe(`module kontor.local/build

go 1.26.5

require example.org/server/v3 v3.7.8

replace example.org/a => example.org/b v1.2.0

replace example.org/c v1.0.0 => example.org/d v1.0.0
`);
  });

  it.each([
    ["https://one.example,direct", "https://one.example"],
    ["https://one.example|https://two.example,direct", "https://one.example"],
    ["direct", "direct"],
    ["", "direct"],
  ])("of GOPROXY=%s takes the first entry alone", (list, first) => {
    expect(firstProxy(list)).toBe(first);
  });

  it("compiles with as many jobs as there are processors unless told otherwise", () => {
    expect(jobArgs({ jobs: undefined })).toEqual([]);
    expect(jobArgs({ jobs: 1 })).toEqual(["-p", "1"]);
  });
});

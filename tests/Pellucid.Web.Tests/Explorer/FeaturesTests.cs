using System.Globalization;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Features on the page: what fires, dashboards, search, changes, graphs of answers, with the numbers of the command.</summary>
public sealed class FeaturesTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to";

    private static readonly string TextQuery = "text=" + HttpUtility.UrlEncode(Text);

    [Fact]
    public async Task Features_fire_on_the_text_are_found_kept_and_change_the_model_as_the_command_has_it()
    {
        var page = await OpenAsync($"?panel=features&{TextQuery}&features=stream&lang=en&theme=light&examples=Mary+and+John");
        var rows = page.Locator("[data-table=active] tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(8);
        var feature = int.Parse((await rows.First.Locator("[data-feature]").GetAttributeAsync("data-feature"))!,
            CultureInfo.InvariantCulture);
        // The activation that the command tells of the same window.
        await Assertions.Expect(page.Locator("[data-panel=feature] h2")).ToHaveTextAsync($"Feature {feature}");
        Assert.Equal(await rows.First.Locator("[data-feature]").GetAttributeAsync("data-number"),
            await page.Locator("[data-panel=active] .token[data-number]").Last.GetAttributeAsync("data-number"));

        await rows.First.GetByRole(AriaRole.Button, new() { Name = "Keep feature" }).ClickAsync();
        await page.ReloadAsync(); // the browser has kept it
        await Assertions.Expect(page.Locator("[data-table=kept-features] tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[data-table=apart] tbody tr").First).ToBeVisibleAsync();

        await page.Locator("[data-step=steer]").ClickAsync();
        var change = $"r1+4[{feature}]";
        await Assertions.Expect(page.Locator(".changes .mono")).ToHaveTextAsync(change);
        await rows.First.GetByRole(AriaRole.Button, new() { Name = "Switch off feature" }).ClickAsync();
        await Assertions.Expect(page.Locator(".changes .mono")).ToHaveCountAsync(2);
        var off = await page.Locator(".changes .mono").Last.TextContentAsync();
        Assert.Matches(@"^r1\*0\[\d+\]$", off);
        await ExploredModel.KeepAsync(page, "features");
        await page.GetByRole(AriaRole.Button, new() { Name = "See what changes" }).ClickAsync();
        var said = explored.Json("look", "intervene", explored.Model, Text, "--change", change, off!, "--features", Folder("stream"));
        await Assertions.Expect(page.Locator("[data-value=divergence]")).Not.ToHaveTextAsync("0.000");
        Same(said.GetProperty("divergence").GetDouble(), await page.Locator("[data-value=divergence]").GetAttributeAsync("data-number"));
    }

    [Fact]
    public async Task A_dashboard_says_what_the_command_says()
    {
        var page = await OpenAsync($"?panel=features&{TextQuery}&features=stream&feature=7&word=Mary&lang=zh&theme=dark");
        await page.Locator("[data-step=read]").ClickAsync();
        await page.Locator("[data-step=use]").ClickAsync();
        var shown = explored.Json("look", "features", "show", Folder("stream"), "7").GetProperty("features")[0];
        await Assertions.Expect(page.Locator("[data-value=fired]"))
            .ToHaveAttributeAsync("data-number", $"{shown.GetProperty("fired").GetInt64()}");
        Same(shown.GetProperty("largest").GetDouble(), await page.Locator("[data-value=largest]").GetAttributeAsync("data-number"));
        Same(shown.GetProperty("rise").GetDouble(), await page.Locator("[data-value=rise]").GetAttributeAsync("data-number"));
        Assert.Equal(shown.GetProperty("contexts").EnumerateArray().Select(context => context.GetProperty("activation").GetDouble()),
            (await page.Locator("[data-table=contexts] [data-number]").EvaluateAllAsync<string[]>("all => all.map(one => "
                + "one.dataset.number)")).Select(number => double.Parse(number, CultureInfo.InvariantCulture)), Near);
        await Assertions.Expect(page.Locator("[data-table=writers] tbody tr")).ToHaveCountAsync(12);
        await Assertions.Expect(page.Locator("[data-picture=feature-histogram] .drawing svg")).ToBeVisibleAsync();
        await ExploredModel.KeepAsync(page, "feature-dashboard-dark");

        await page.Locator("[data-step=name]").ClickAsync();
        var named = explored.Json("look", "features", "name", Folder("stream")).GetProperty("features")[0];
        await Assertions.Expect(page.Locator("[data-table=named] [data-label]").First).ToBeVisibleAsync();
        Same(named.GetProperty("f1").GetDouble(),
            await page.Locator("[data-table=named] [data-label]").First.GetAttributeAsync("data-number"));
    }

    [Fact]
    public async Task An_answer_is_traced_as_the_command_traces_it_and_its_nodes_open()
    {
        var page = await OpenAsync($"?panel=features&{TextQuery}&answer=+Mary&wrong=+John&lang=en&theme=light", 390);
        await page.Locator("[data-step=trace]").ClickAsync();
        var graph = explored.Json("look", "features", "graph", explored.Model, Text, "--features", Folder("layer-0"), Folder("layer-1"),
            "--answer", " Mary", "--wrong", " John");
        var check = graph.GetProperty("check");
        await Assertions.Expect(page.Locator("[data-value=check]")).ToBeVisibleAsync();
        foreach (var (name, expected) in ((string, JsonElement)[])[("answer", graph.GetProperty("value")),
            ("correlation", check.GetProperty("correlation")), ("held", check.GetProperty("correlation_held")),
            ("together", check.GetProperty("together").GetProperty("measured"))])
            Same(expected.GetDouble(), await page.Locator($"[data-value={name}]").GetAttributeAsync("data-number"));
        var node = page.Locator("[data-node]").First;
        var named = (await node.TextContentAsync())!.Split(": ");
        await node.ClickAsync();
        await Assertions.Expect(page.Locator("[data-value=folder]")).ToHaveValueAsync($"layer-{named[0]}");
        await Assertions.Expect(page.Locator("[data-panel=feature] h2")).ToHaveTextAsync($"Feature {named[1]}");
        Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0);
        await ExploredModel.KeepAsync(page, "answer-graph-390");
    }

    [Fact]
    public async Task Without_features_the_page_tells_how_they_are_made()
    {
        var page = await explored.OpenAsync("?panel=features&lang=en");
        await Assertions.Expect(page.Locator(".card").First).ToContainTextAsync("look features train");
        var others = await explored.OpenAsync($"tiny --features {Folder("stream")}", "?panel=features&lang=zh");
        await Assertions.Expect(others.GetByRole(AriaRole.Alert)).ToContainTextAsync("特征属于另一个模型");
    }

    private Task<IPage> OpenAsync(string query, int width = 1280) => explored.OpenAsync(
        $"{explored.Model} --features {Folder("stream")} {Folder("layer-0")} {Folder("layer-1")}", query, width);

    // Features of the stream after layer 1, and transcoders of both layers, each learned for a moment when it is first asked for.
    private string Folder(string name)
    {
        var folder = explored.File(name);
        string[] words = name == "stream" ? ["--layer", "1", "--active", "8"]
            : ["--layer", name[^1..], "--activation", "ln2", "--writes", "mlp_out", "--architecture", "jumprelu", "--active", "16"];
        if (!Directory.Exists(folder))
            explored.Json(["look", "features", "train", explored.Model, .. words, "--data", "indirect-object", "--features", "128",
                "--rows", "256", "--context", "32", "--steps", "60", "--lr", "3e-3", "--out", folder, "--threads", "1"]);
        return folder;
    }

    private static bool Near(double one, double other) => Math.Abs(one - other) < 1e-6;

    private static void Same(double expected, string? shown) =>
        Assert.Equal(expected, double.Parse(shown!, CultureInfo.InvariantCulture), 1e-6);
}

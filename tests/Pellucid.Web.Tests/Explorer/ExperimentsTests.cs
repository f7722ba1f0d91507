using System.Globalization;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Experiments on two prompts of one's own: what the page measures is what the command does, and replays there.</summary>
public sealed class ExperimentsTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to",
        Other = "When Mary and John went to the park, Mary gave a ring to";

    private static readonly string Query = $"?panel=experiments&text={HttpUtility.UrlEncode(Text)}&source={HttpUtility.UrlEncode(Other)}"
        + "&answer=+Mary&wrong=+John&lang=en&theme=light";

    private static readonly string[] Pair = [Text, "--source", Other, "--answer", " Mary", "--wrong", " John"];

    [Fact]
    public async Task Two_prompts_are_aligned_token_by_token_and_their_answers_named()
    {
        var page = await explored.OpenAsync(Query);
        await Assertions.Expect(page.Locator("[data-table=aligned] tr").First.Locator("td.differs")).ToHaveTextAsync(["␣John"]);
        await Assertions.Expect(page.Locator("[data-value=alignment]")).ToContainTextAsync("of which 1 differ");
        var said = explored.Json(["look", "patch", explored.Model, .. Pair]);
        var shown = page.Locator("[data-table=answers] [data-number]");
        Same(said.GetProperty("logit_difference").GetDouble(), await shown.First.GetAttributeAsync("data-number"));
        Same(said.GetProperty("source_logit_difference").GetDouble(), await shown.Last.GetAttributeAsync("data-number"));

        await page.Locator("#other-prompt").FillAsync("When Mary and John");
        await Assertions.Expect(page.Locator("[data-value=alignment]")).ToContainTextAsync("positions must align");
        await MeasureAsync(page);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("positions must align");
        await page.Locator("#other-prompt").FillAsync(Other);
        await page.Locator("#answer").FillAsync("nonsensical");
        await MeasureAsync(page);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("'nonsensical' is not one token");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take the likeliest" }).ClickAsync();
        await Assertions.Expect(page.Locator("#answer")).Not.ToHaveValueAsync("nonsensical");
    }

    [Theory]
    [InlineData("patch resid_pre positions", "--activation|resid_pre")]
    [InlineData("patch attn_out positions", "--activation|attn_out")]
    [InlineData("patch mlp_out positions", "--activation|mlp_out")]
    [InlineData("patch z heads", "--activation|z")]
    [InlineData("patch z heads-and-positions", "--activation|z|--axes|heads-and-positions")]
    [InlineData("patch z heads gradient", "--activation|z|--gradient")]
    public async Task A_grid_of_patches_is_that_of_look_patch_and_replays(string measure, string words)
    {
        var page = await explored.OpenAsync($"{Query}&measure={HttpUtility.UrlEncode(measure)}");
        await MeasureAsync(page);
        var cells = explored.Json(["look", "patch", explored.Model, .. Pair, .. words.Split('|')]).GetProperty("cells")
            .EnumerateArray().ToArray();
        var shown = page.Locator("[data-table=effects] button");
        await Assertions.Expect(shown).ToHaveCountAsync(cells.Length);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Measure" })).ToBeVisibleAsync();
        var numbers = await shown.EvaluateAllAsync<string[]>("all => all.map(one => one.dataset.number)");
        for (var i = 0; i < cells.Length; i++)
            Same(cells[i].GetProperty("effect").GetDouble(), numbers[i]);

        var replayed = await ReplayAsync(page);
        Assert.Equal(cells.Select(cell => cell.GetProperty("effect").GetDouble()),
            replayed.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("effect").GetDouble()));
    }

    [Fact]
    public async Task Paths_are_those_of_look_path_and_replay()
    {
        var page = await explored.OpenAsync($"{Query}&measure=paths+heads+to+1.0q+1.1v");
        await MeasureAsync(page);
        var said = explored.Json(["look", "path", explored.Model, .. Pair, "--to", "1.0q", "1.1v"]).GetProperty("paths").EnumerateArray()
            .Select(path => path.GetProperty("effect").GetDouble()).ToArray();
        await Assertions.Expect(page.Locator("[data-table=effects] button")).ToHaveCountAsync(said.Length);
        Assert.Equal(said, (await ReplayAsync(page)).GetProperty("paths").EnumerateArray()
            .Select(path => path.GetProperty("effect").GetDouble()));
        var numbers = await page.Locator("[data-table=effects] button")
            .EvaluateAllAsync<string[]>("all => all.map(one => one.dataset.number)");
        for (var i = 0; i < said.Length; i++)
            Same(said[i], numbers[i]);
    }

    [Fact]
    public async Task A_circuit_of_two_prompts_is_found_its_nodes_open_and_it_replays()
    {
        const string another = "When Anna and Ben went to the park, Anna gave a ring to";
        var page = await explored.OpenAsync("tiny", Query.Replace(HttpUtility.UrlEncode(Other), HttpUtility.UrlEncode(another),
            StringComparison.Ordinal) + "&measure=circuit+0.03");
        await MeasureAsync(page);
        var said = explored.Json(["look", "circuit", "tiny", .. Pair.Select(word => word == Other ? another : word), "--share", "0.03"]);
        Same(said.GetProperty("circuit_logit_difference").GetDouble(),
            await page.Locator("[data-value=alone]").GetAttributeAsync("data-number"));
        Same(said.GetProperty("without_circuit_logit_difference").GetDouble(),
            await page.Locator("[data-value=without]").GetAttributeAsync("data-number"));
        var nodes = said.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()!).ToArray();
        Assert.NotEmpty(nodes);
        Assert.Equal(nodes, await page.Locator("[data-node]").EvaluateAllAsync<string[]>("all => all.map(one => one.dataset.node)"));
        Assert.Equal(said.GetProperty("edges").ToString(), (await ReplayAsync(page, "tiny")).GetProperty("edges").ToString());

        // A box of the graph opens its node: where it looks, by look attention.
        await page.Locator(".graph rect", new() { HasText = nodes[^1] }).ClickAsync();
        await Assertions.Expect(page.Locator($"[data-node=\"{nodes[^1]}\"]")).ToHaveAttributeAsync("aria-pressed", "true");
        var (head, at) = (nodes[^1].Split('@')[0].Split('.'), int.Parse(nodes[^1].Split('@')[1], CultureInfo.InvariantCulture));
        var row = explored.Json("look", "attention", "tiny", Text, "--layer", head[0], "--head", head[1]).GetProperty("heads")[0]
            .GetProperty("pattern")[at].EnumerateArray().Select(weight => weight.GetDouble()).Take(at + 1).Max();
        Same(row, await page.Locator("[data-prompt=base] [data-table=looks] [data-number]").First.GetAttributeAsync("data-number"), 1e-6);
        await ExploredModel.KeepAsync(page, "experiments-circuit");
        await page.GetByRole(AriaRole.Button, new() { Name = "Open its attention" }).ClickAsync();
        await Assertions.Expect(page.Locator($"[data-head=\"{head[0]}.{head[1]}\"]")).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [Fact]
    public async Task A_cell_tells_what_the_piece_writes_and_becomes_a_change_with_the_same_effect()
    {
        var page = await explored.OpenAsync($"{Query}&measure=patch+z+heads-and-positions");
        await MeasureAsync(page);
        var cell = page.Locator("[data-cell^=\"z 1.1 @\"]").Last;
        var effect = double.Parse((await cell.GetAttributeAsync("data-number"))!, CultureInfo.InvariantCulture);
        Assert.NotEqual(0, effect);
        await cell.ClickAsync();
        await Assertions.Expect(page.Locator("[data-prompt=base] [data-table=writes] [data-token]")).ToHaveCountAsync(6);
        // What it writes for the two answers is its direct attribution.
        var head = explored.Json("look", "attribute", explored.Model, Text, "--answer-token", await TokenAsync(0), "--wrong-token",
            await TokenAsync(1), "--by", "heads").GetProperty("parts").EnumerateArray()
            .Single(part => part.GetProperty("part").GetString() == "head 1.1");
        Same(head.GetProperty("direct").GetDouble(), $"{await LogitAsync(0) - await LogitAsync(1):R}", 1e-4);

        await page.GetByRole(AriaRole.Button, new() { Name = "Make this change in the text" }).ClickAsync();
        var change = (await page.Locator(".changes .mono").TextContentAsync())!;
        Assert.Matches(@"^1\.1@\d+=source$", change);
        await page.Locator("[data-value=divergence]").WaitForAsync();
        var seen = explored.Json("look", "intervene", explored.Model, Text, "--source", Other, "--change", change, "--top", "1000000");
        double Difference(string when)
        {
            double Of(string token) => Math.Log(seen.GetProperty(when).GetProperty("top").EnumerateArray()
                .First(one => one.GetProperty("text").GetString() == token).GetProperty("probability").GetDouble());
            return Of(" Mary") - Of(" John");
        }
        Assert.Equal(effect, Difference("after") - Difference("before"), 1e-5);

        ILocator Written(int row) => page.Locator("[data-prompt=base] [data-table=writes] [data-token]").Nth(row);
        async Task<string> TokenAsync(int row) => (await Written(row).GetAttributeAsync("data-token"))!;
        async Task<double> LogitAsync(int row) =>
            double.Parse((await Written(row).GetAttributeAsync("data-number"))!, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_measurement_can_be_stopped_and_what_was_found_stays()
    {
        var text = string.Concat(Enumerable.Repeat(Text + " Mary. ", 3)) + Text;
        var page = await explored.OpenAsync("tiny", $"?panel=experiments&text={HttpUtility.UrlEncode(text)}&source="
            + $"{HttpUtility.UrlEncode(text.Replace("John", "Ben", StringComparison.Ordinal))}&answer=+Mary&wrong=+John"
            + "&measure=circuit+0.01&lang=en");
        await MeasureAsync(page);
        await page.Locator("[data-panel=measured]").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Measure", Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Predict" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-panel=measured]")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Experiments" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-panel=measured]")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_notebook_collects_pictures_and_becomes_one_file_with_everything_in_it()
    {
        var page = await explored.OpenAsync(Query);
        await MeasureAsync(page);
        await page.Locator("[data-panel=measured] .mud-menu").ClickAsync();
        await page.GetByText("Into the notebook").ClickAsync();
        await page.GetByText("It is in the notebook").WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Predict" }).ClickAsync();
        await page.Locator("[data-picture=next-token]").GetByText("Save", new() { Exact = true }).ClickAsync();
        await page.GetByText("Into the notebook").ClickAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Notebook" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-page]")).ToHaveCountAsync(2);
        await page.GetByLabel("What you say of it").First.FillAsync("Head 1.1 <moves> it.");
        await page.WaitForFunctionAsync("() => Object.values(localStorage).some(value => value.includes('moves'))");

        await page.ReloadAsync(); // the browser has kept it
        await Assertions.Expect(page.Locator("[data-page]")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Move down: heads, all positions at once" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-page]").Last).ToHaveAttributeAsync("data-page", "heads, all positions at once");
        var saved = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Button, new() { Name = "Export as one page" }).ClickAsync());
        await saved.SaveAsAsync(explored.File("notebook.html"));
        var html = await File.ReadAllTextAsync(explored.File("notebook.html"), TestContext.Current.CancellationToken);
        Assert.Contains("Head 1.1 &lt;moves&gt; it.", html, StringComparison.Ordinal);
        Assert.Contains("sha256:", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=|url\\(|@import", html);
        var file = await explored.ReadAsync(explored.File("notebook.html"), ColorScheme.Dark, 390);
        await Assertions.Expect(file.Locator("section svg")).ToHaveCountAsync(2);
        Assert.True(await file.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0);
        await ExploredModel.KeepAsync(file, "notebook-file-dark");
        await ExploredModel.KeepAsync(page, "notebook");

        await page.GetByRole(AriaRole.Button, new() { Name = "Open it again" }).Last.ClickAsync();
        await Assertions.Expect(page.Locator("#other-prompt")).ToHaveValueAsync(Other);
    }

    private static Task MeasureAsync(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Measure", Exact = true }).ClickAsync();

    private async Task<JsonElement> ReplayAsync(IPage page, string? model = null)
    {
        var saved = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Button, new() { Name = "Save experiment" }).ClickAsync());
        var path = explored.File($"{Guid.NewGuid():N}.json");
        await saved.SaveAsAsync(path);
        using var written = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(model ?? "model", written.RootElement.GetProperty("model").GetString());
        Assert.StartsWith("sha256:", written.RootElement.GetProperty("weights").GetString(), StringComparison.Ordinal);
        return explored.Json("look", "intervene", model ?? explored.Model, "--replay", path);
    }

    private static void Same(double expected, string? shown, double tolerance = 1e-9) =>
        Assert.Equal(expected, double.Parse(shown!, CultureInfo.InvariantCulture), tolerance);
}

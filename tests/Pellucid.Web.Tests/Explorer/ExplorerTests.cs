using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;
using Pellucid.Worlds;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Each panel used as a person would, and what it shows compared with what the command prints.</summary>
public sealed class ExplorerTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to";

    private static readonly string TextQuery = "text=" + HttpUtility.UrlEncode(Text);

    [Fact]
    public async Task A_page_says_that_its_server_is_gone_and_is_what_it_was_when_it_comes_back()
    {
        var page = await explored.OpenAsync($"?panel=intervene&{TextQuery}&change=1.0%3D0&lang=zh&theme=dark");
        await explored.RestartAsync(async () =>
        {
            await page.GetByText("The server does not answer").WaitForAsync();
            await ExploredModel.KeepAsync(page, "server-gone-dark");
        });
        await Assertions.Expect(page.GetByText("The server does not answer")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(Text);
        await Assertions.Expect(page.Locator("[data-place=\"1.0\"]")).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [Fact]
    public async Task What_comes_next_is_what_the_command_says_and_follows_typing()
    {
        var page = await explored.OpenAsync("?panel=predict&lang=en&theme=light");
        await page.Locator("#text").FillAsync("Then, Anna and Ben");
        await page.Locator(".token >> nth=-1").GetByText("Ben").WaitForAsync();
        await page.Locator("#text").FillAsync(Text);
        var last = explored.Json("look", "lens", explored.Model, Text, "--top", "12").GetProperty("readings").EnumerateArray().Last();
        await page.Locator(".token").Nth(last.GetProperty("position").GetInt32()).WaitForAsync();
        var listed = page.Locator("li[data-token]");
        await Assertions.Expect(listed).ToHaveCountAsync(12);
        var top = last.GetProperty("top").EnumerateArray().ToArray();
        for (var i = 0; i < top.Length; i++)
        {
            Assert.Equal(top[i].GetProperty("token").GetInt32().ToString(CultureInfo.InvariantCulture),
                await listed.Nth(i).GetAttributeAsync("data-token"));
            Same(top[i].GetProperty("probability").GetDouble(), await listed.Nth(i).GetAttributeAsync("data-probability"));
            Assert.EndsWith(Percent(top[i].GetProperty("probability").GetDouble()),
                (await listed.Nth(i).TextContentAsync())!, StringComparison.Ordinal);
        }
        await page.Locator(".token").First.ClickAsync(); // another position
        await Assertions.Expect(page.Locator("[data-picture=next-token] .drawing svg")).ToContainTextAsync("After 0");
        Assert.Contains("position=0", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Write on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#text")).Not.ToHaveValueAsync(Text);
        await ExploredModel.KeepAsync(page, "predict");
    }

    [Fact]
    public async Task The_lens_grid_shows_the_numbers_of_look_lens_and_saves_them()
    {
        var page = await explored.OpenAsync($"?panel=layers&{TextQuery}&lang=en&theme=light");
        var readings = explored.Json("look", "lens", explored.Model, Text).GetProperty("readings").EnumerateArray()
            .Where(reading => reading.GetProperty("activation").GetString() != "resid_mid").ToArray();
        var cells = page.Locator("table.lens button");
        await Assertions.Expect(cells).ToHaveCountAsync(readings.Length);
        foreach (var reading in readings)
        {
            var cell = page.Locator($"[data-cell=\"{reading.GetProperty("activation").GetString()} {reading.GetProperty("layer")} "
                + $"{reading.GetProperty("position")}\"]");
            Same(reading.GetProperty("top")[0].GetProperty("probability").GetDouble(), await cell.GetAttributeAsync("data-probability"));
        }
        await page.Locator("[data-cell=\"resid_post 0 3\"]").ClickAsync();
        await Assertions.Expect(page.Locator("h2", new() { HasText = "after block 0, at 3" })).ToBeVisibleAsync();
        await page.Locator(".card", new() { HasText = "What each layer would say" })
            .GetByText("Save", new() { Exact = true }).First.ClickAsync();
        var saved = await page.RunAndWaitForDownloadAsync(() => page.GetByText("JSON", new() { Exact = true }).ClickAsync());
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(await saved.PathAsync(), TestContext.Current.CancellationToken));
        Assert.Equal(readings.Length, json.RootElement.GetProperty("readings").GetArrayLength());
        await ExploredModel.KeepAsync(page, "layers");
    }

    [Fact]
    public async Task A_chosen_head_shows_the_pattern_of_look_attention_and_why_it_looks_there()
    {
        var page = await explored.OpenAsync($"?panel=attention&{TextQuery}&lang=en&theme=light");
        await page.Locator("[data-head=\"1.1\"]").ClickAsync();
        await Assertions.Expect(page.Locator("h2", new() { HasTextRegex = new("^Head 1.1") })).ToBeVisibleAsync();
        var pattern = explored.Json("look", "attention", explored.Model, Text, "--layer", "1", "--head", "1")
            .GetProperty("heads")[0].GetProperty("pattern");
        await page.Locator(".matrix canvas").FocusAsync();
        await page.Keyboard.PressAsync("ArrowUp");
        var query = pattern.GetArrayLength() - 2;
        await Assertions.Expect(page.Locator(".matrix-tip")).ToContainTextAsync($"{query} ");
        await Assertions.Expect(page.Locator(".card p", new() { HasText = $"{query} " }).First).ToBeVisibleAsync();
        var key = int.Parse((await page.Locator(".matrix-tip").TextContentAsync())!.Split('→')[1].Trim().Split(' ')[0],
            CultureInfo.InvariantCulture);
        var weight = page.Locator("[data-value=weight]");
        await Assertions.Expect(weight).ToHaveTextAsync(pattern[query][key].GetDouble().ToString("0.000", CultureInfo.InvariantCulture));
        Assert.Equal(pattern[query][key].GetSingle(),
            (float)double.Parse((await weight.GetAttributeAsync("data-number"))!, CultureInfo.InvariantCulture));
        await Assertions.Expect(page.Locator("[data-picture=query-key]")).ToContainTextAsync("(q ");
        var painted = await page.EvaluateAsync<bool>("() => [...document.querySelectorAll('.head canvas')].every(canvas => "
            + "canvas.getContext('2d').getImageData(0, 0, 1, 1).data[3] === 255)");
        Assert.True(painted);
        await ExploredModel.KeepAsync(page, "attention");
    }

    [Fact]
    public async Task Switching_a_head_off_shows_what_look_intervene_says_and_can_be_undone_saved_and_replayed()
    {
        var page = await explored.OpenAsync($"?panel=intervene&{TextQuery}&lang=en&theme=dark");
        await Assertions.Expect(page.Locator("[data-value=divergence]")).ToHaveTextAsync("0.000");
        await page.Locator("[data-place=\"1.0\"]").ClickAsync();
        await page.Locator("[data-place=m0]").ClickAsync();
        var said = explored.Json("look", "intervene", explored.Model, Text, "--change", "1.0=0", "m0=0");
        await Assertions.Expect(page.Locator("[data-value=divergence]"))
            .ToHaveTextAsync(said.GetProperty("divergence").GetDouble().ToString("0.000", CultureInfo.InvariantCulture));
        Same(said.GetProperty("divergence").GetDouble(), await page.Locator("[data-value=divergence]").GetAttributeAsync("data-number"));
        Same(said.GetProperty("after").GetProperty("loss").GetDouble(),
            await page.Locator("[data-value=loss-after]").GetAttributeAsync("data-number"));
        Same(said.GetProperty("after").GetProperty("top")[0].GetProperty("probability").GetDouble(),
            await page.Locator("li[data-after]").First.GetAttributeAsync("data-after"));

        var saved = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Button, new() { Name = "Save experiment" }).ClickAsync());
        await saved.SaveAsAsync(explored.File("experiment.json"));
        Assert.Equal(said.GetProperty("divergence").GetDouble(),
            explored.Json("look", "intervene", explored.Model, "--replay", explored.File("experiment.json"))
                .GetProperty("divergence").GetDouble());
        await ExploredModel.KeepAsync(page, "intervene-dark");

        await page.ReloadAsync(); // the address holds all of it
        await Assertions.Expect(page.Locator("[data-place=\"1.0\"]")).ToHaveAttributeAsync("aria-pressed", "true");
        await Assertions.Expect(page.Locator("[data-value=divergence]"))
            .ToHaveTextAsync(said.GetProperty("divergence").GetDouble().ToString("0.000", CultureInfo.InvariantCulture));
        await page.Locator("[data-place=m0]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-place=m0]")).ToHaveAttributeAsync("aria-pressed", "false");
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-place=m0]")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take all back" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-value=divergence]")).ToHaveTextAsync("0.000");
    }

    [Fact]
    public async Task What_cannot_be_done_is_told_in_one_line_and_the_page_goes_on()
    {
        var page = await explored.OpenAsync($"?panel=intervene&{TextQuery}&change=0.0%3Dsource&source=Anna&lang=en");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("positions must align");
        await page.Locator("#text").FillAsync(string.Concat(Enumerable.Repeat("park ", 200)));
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("context is 64");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take all back" }).ClickAsync();
        await page.Locator("#text").FillAsync(Text);
        await Assertions.Expect(page.Locator("[data-value=divergence]")).ToHaveTextAsync("0.000");
    }

    [Fact]
    public async Task Neurons_can_be_found_by_word_and_switched_off()
    {
        var page = await explored.OpenAsync($"?panel=neurons&{TextQuery}&lang=en&theme=light");
        var first = (await page.Locator("[data-neuron]").First.TextContentAsync())!;
        await page.GetByRole(AriaRole.Button, new() { Name = "switch off" }).First.ClickAsync();
        await Assertions.Expect(page.Locator(".changes")).ToContainTextAsync($"n{first}=0");
        await page.Locator("#neuron-word").FillAsync("John");
        await Assertions.Expect(page.Locator("[data-table=found] tbody tr")).ToHaveCountAsync(15);
        await ExploredModel.KeepAsync(page, "neurons");
    }

    [Fact]
    public async Task What_excites_a_neuron_in_a_file_is_what_look_memories_says()
    {
        var corpus = explored.File("corpus.txt");
        await File.WriteAllTextAsync(corpus, new MicroWorld(1).Text(6000), TestContext.Current.CancellationToken);
        var page = await explored.OpenAsync($"?panel=neurons&neuron=1.5&{TextQuery}&lang=en&theme=light");
        await Assertions.Expect(page.Locator("[data-panel=neuron] h2")).ToContainTextAsync("1.5");
        await ChooseAsync(page, "Read a file", corpus);
        await Assertions.Expect(page.Locator("[data-value=corpus]")).ToContainTextAsync("lines read.");
        var said = explored.Json("look", "memories", explored.Model, "--data", corpus, "--neuron", "1.5", "--perturbed", "0");
        var triggers = said.GetProperty("neurons")[0].GetProperty("triggers").EnumerateArray().ToArray();
        Assert.NotEmpty(triggers);
        await Assertions.Expect(page.Locator("[data-value=corpus]")).ToContainTextAsync(
            $"{said.GetProperty("corpus_tokens").GetInt64():N0} tokens of {said.GetProperty("lines").GetInt64():N0} lines");
        var rows = page.Locator("[data-table=triggers] tr");
        await Assertions.Expect(rows).ToHaveCountAsync(triggers.Length);
        for (var i = 0; i < triggers.Length; i++)
            Same(triggers[i].GetProperty("coefficient").GetDouble(),
                await rows.Nth(i).Locator("[data-number]").GetAttributeAsync("data-number"), 1e-6);
        var excites = (await rows.First.Locator("td").Nth(1).TextContentAsync())!;
        await page.Locator("#neuron-word").FillAsync("the");
        await Assertions.Expect(page.Locator("[data-table=keys] tbody tr").First).ToBeVisibleAsync();
        await page.Locator("[data-table=keys] button").First.ClickAsync();
        await Assertions.Expect(page.Locator("[data-table=triggers] tr").First.Locator("td").Nth(1)).Not.ToHaveTextAsync(excites);
        Assert.DoesNotContain("neuron=1.5&", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Words" }).ClickAsync(); // what was read stays
        await Assertions.Expect(page.Locator("[data-panel=neuron]")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Neurons" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-table=triggers] tr").First).ToBeVisibleAsync();
        await ExploredModel.KeepAsync(page, "triggers");
    }

    [Fact]
    public async Task Writing_on_with_a_change_that_changes_nothing_writes_the_same_and_is_undone_by_key()
    {
        async Task<string> WrittenAsync(string change)
        {
            var page = await explored.OpenAsync($"?panel=predict&{TextQuery}&temperature=0.8&count=6&seed=3&lang=en{change}");
            await page.GetByRole(AriaRole.Button, new() { Name = "Write on" }).ClickAsync();
            await Assertions.Expect(page.Locator("#text")).Not.ToHaveValueAsync(Text);
            var written = await page.Locator("#text").InputValueAsync();
            await page.GetByRole(AriaRole.Tab, new() { Name = "Predict" }).FocusAsync();
            await page.Keyboard.PressAsync("Control+z");
            await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(Text);
            await page.Keyboard.PressAsync("Control+Shift+Z");
            await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(written);
            return written;
        }
        var plain = await WrittenAsync("");
        Assert.Equal(plain, await WrittenAsync("&change=1.1*1"));
        Assert.NotEqual(plain, await WrittenAsync("&change=m0%3D0&change=a1%3D0&change=m1%3D0"));
    }

    [Fact]
    public async Task Quick_changes_are_undone_and_redone_one_by_one_and_skipping_to_the_panel_loses_none()
    {
        var page = await explored.OpenAsync($"?panel=intervene&{TextQuery}&lang=en");
        await page.Locator("[data-value=divergence]").WaitForAsync();
        await page.EvaluateAsync(
            "() => ['0.0', '0.1', '1.0', '1.1'].forEach(place => document.querySelector(`[data-place='${place}']`).click())");
        var changes = page.Locator(".changes .mono");
        await Assertions.Expect(changes).ToHaveTextAsync(["0.0=0", "0.1=0", "1.0=0", "1.1=0"]);
        await page.EvaluateAsync(
            "() => { const undo = document.querySelector('[data-step=undo]'); undo.click(); undo.click(); undo.click(); }");
        await Assertions.Expect(changes).ToHaveTextAsync(["0.0=0"]);
        for (var expected = 2; expected <= 4; expected++)
        {
            await page.Locator("[data-step=redo]").ClickAsync();
            await Assertions.Expect(changes).ToHaveCountAsync(expected);
        }
        await page.GetByRole(AriaRole.Button, new() { Name = "Take back 0.1=0" }).PressAsync("Enter");
        await Assertions.Expect(changes).ToHaveTextAsync(["0.0=0", "1.0=0", "1.1=0"]);
        await page.Locator(".skip").PressAsync("Enter");
        await Assertions.Expect(page.Locator(".mud-tabs-panels")).ToBeFocusedAsync();
        await Assertions.Expect(changes).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task What_was_asked_of_words_and_layers_stands_in_the_address()
    {
        var page = await explored.OpenAsync("?panel=words&lang=en");
        await page.Locator("#map-words").FillAsync("park market");
        await page.WaitForFunctionAsync("() => location.search.includes('map=park+market')");
        await page.Locator("#near-word").FillAsync("park");
        await page.WaitForFunctionAsync("() => location.search.includes('near=park')");
        var other = await explored.OpenAsync(new Uri(page.Url).Query);
        await Assertions.Expect(other.Locator("#map-words")).ToHaveValueAsync("park market");
        await Assertions.Expect(other.Locator("#near-word")).ToHaveValueAsync("park");
        await other.Locator("#near-word").FillAsync("qwertz");
        await Assertions.Expect(other.GetByText("no token for the word 'qwertz'").First).ToBeVisibleAsync();
        await Assertions.Expect(other.Locator("[data-table=near] tr")).ToHaveCountAsync(0);
        page = await explored.OpenAsync($"?panel=layers&{TextQuery}&position=3&place=resid_post.0&lang=en");
        await Assertions.Expect(page.Locator("[data-cell][aria-pressed=true]")).ToHaveAttributeAsync("data-cell", "resid_post 0 3");
    }

    [Theory]
    [InlineData("flow", "flow", "blocks")]
    [InlineData("predict", "next-token", "next")]
    [InlineData("layers", "lens-history", "readings")]
    [InlineData("attention", "head-0-0-arcs", "pattern")]
    [InlineData("intervene", "after", "after")]
    [InlineData("words", "words", "words")]
    [InlineData("train", "curves", "lines")]
    public async Task Every_picture_can_be_copied_and_saved(string panel, string picture, string numbers)
    {
        var page = await explored.OpenAsync($"?panel={panel}&{TextQuery}&lang=en&theme=light");
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var frame = page.Locator($"[data-picture=\"{picture}\"]");
        async Task<byte[]> SaveAsync(string kind)
        {
            await Assertions.Expect(page.Locator(".mud-menu-item")).ToHaveCountAsync(0); // the menu of before has closed
            await frame.GetByText("Save", new() { Exact = true }).ClickAsync();
            var saved = await page.RunAndWaitForDownloadAsync(() =>
                page.Locator(".mud-menu-item", new() { HasTextRegex = new($"^{kind}$") }).First.ClickAsync());
            Assert.Equal($"{picture}.{kind.ToLowerInvariant()}", saved.SuggestedFilename);
            return await File.ReadAllBytesAsync(await saved.PathAsync(), TestContext.Current.CancellationToken);
        }
        var svg = Encoding.UTF8.GetString(await SaveAsync("SVG"));
        Assert.StartsWith("<svg", svg, StringComparison.Ordinal);
        _ = System.Xml.Linq.XDocument.Parse(svg);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await SaveAsync("PNG"))[..4]);
        using var json = JsonDocument.Parse(await SaveAsync("JSON"));
        Assert.True(json.RootElement.GetProperty(numbers).GetArrayLength() > 0);
        await frame.GetByText("Save", new() { Exact = true }).ClickAsync();
        await page.GetByText("Copy as SVG").ClickAsync();
        await page.GetByText("Copied as SVG").WaitForAsync();
        Assert.Equal(svg, await page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
    }

    [Fact]
    public async Task A_saved_experiment_is_opened_and_stands_in_the_address()
    {
        var said = explored.Json("look", "intervene", explored.Model, Text, "--change", "1.1*2", "m1=mean", "--out",
            explored.File("opened.json"));
        var page = await explored.OpenAsync("?panel=intervene&text=Anna&lang=en&theme=light");
        await ChooseAsync(page, "Open experiment", explored.File("opened.json"));
        await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(Text);
        await Assertions.Expect(page.Locator("[data-value=divergence]"))
            .ToHaveTextAsync(said.GetProperty("divergence").GetDouble().ToString("0.000", CultureInfo.InvariantCulture));
        await page.WaitForFunctionAsync("() => location.search.includes('m1')"); // it follows what is shown
        var other = await explored.OpenAsync(new Uri(page.Url).Query);
        await Assertions.Expect(other.Locator("[data-value=divergence]"))
            .ToHaveTextAsync(said.GetProperty("divergence").GetDouble().ToString("0.000", CultureInfo.InvariantCulture));
        await Assertions.Expect(other.Locator(".changes")).ToContainTextAsync("m1=mean");
    }

    [Fact]
    public async Task Near_words_are_those_of_words_near()
    {
        var page = await explored.OpenAsync("?panel=words&lang=en&theme=light");
        await page.Locator("#near-word").FillAsync("park");
        var near = explored.Json("words", "near", explored.Model, "park").GetProperty("neighbours").EnumerateArray().Take(10).ToArray();
        await Assertions.Expect(page.Locator("[data-table=near] tr").First).ToContainTextAsync(near[0].GetProperty("word").GetString()!);
        for (var i = 0; i < near.Length; i++)
            Same(near[i].GetProperty("score").GetDouble(),
                await page.Locator("[data-table=near] [data-score]").Nth(i).GetAttributeAsync("data-score"), 1e-6);
        await page.Locator("#map-words").FillAsync("park market library");
        await Assertions.Expect(page.Locator("[data-picture=words] .drawing svg")).ToContainTextAsync("market");
        await ExploredModel.KeepAsync(page, "words");
    }

    [Fact]
    public async Task A_training_is_watched_by_its_log()
    {
        var page = await explored.OpenAsync("?panel=train&lang=en&theme=dark");
        var last = JsonDocument.Parse(File.ReadLines(Path.Combine(explored.Model, "log.jsonl")).Last()).RootElement;
        await Assertions.Expect(page.Locator("[data-value=step]")).ToHaveTextAsync(last.GetProperty("step").ToString());
        Same(last.GetProperty("train_loss").GetDouble(), await page.Locator("[data-value=train-loss]").GetAttributeAsync("data-number"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Write a sample" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-value=sample]")).ToContainTextAsync("When Mary");
        await ExploredModel.KeepAsync(page, "train-dark");
    }

    [Fact]
    public async Task The_circuit_analysis_runs_and_says_what_look_circuit_says()
    {
        var page = await explored.OpenAsync("?panel=circuits&lang=en&theme=light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find the circuit" }).ClickAsync();
        await page.Locator("[data-panel=circuit]").WaitForAsync();
        var said = explored.Json("look", "circuit", explored.Model);
        Same(said.GetProperty("logit_difference").GetDouble(), await page.Locator("[data-value=model]").GetAttributeAsync("data-number"));
        Same(said.GetProperty("circuit_logit_difference").GetDouble(),
            await page.Locator("[data-value=alone]").GetAttributeAsync("data-number"));
        await ExploredModel.KeepAsync(page, "circuits");
    }

    [Fact]
    public async Task It_speaks_Chinese_fits_a_telephone_and_obeys_the_keyboard()
    {
        var page = await explored.OpenAsync($"?panel=attention&{TextQuery}&lang=zh&theme=dark", width: 390);
        Assert.Equal("zh-Hans", await page.Locator("html").GetAttributeAsync("lang"));
        foreach (var name in "流程 预测 层 注意力 神经元 干预 实验 回路 词 训练 比较 笔记本".Split(' '))
        {
            var tab = page.GetByRole(AriaRole.Tab, new() { Name = name, Exact = true });
            await tab.PressAsync("Enter");
            await Assertions.Expect(tab).ToHaveAttributeAsync("aria-selected", "true");
            await page.Locator(".card").First.WaitForAsync();
            Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0, name);
            await ExploredModel.KeepAsync(page, $"telephone-{page.Url.Split("panel=").ElementAtOrDefault(1)?.Split('&')[0] ?? "flow"}");
        }
        await page.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Predict" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Light" }).ClickAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
    }

    private static async Task ChooseAsync(IPage page, string button, string path) =>
        await (await page.RunAndWaitForFileChooserAsync(() => page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync()))
            .SetFilesAsync(path);

    private static void Same(double expected, string? shown, double tolerance = 1e-9) =>
        Assert.Equal(expected, double.Parse(shown!, CultureInfo.InvariantCulture), tolerance);

    private static string Percent(double value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}

using Microsoft.Playwright;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>What people need who use the keyboard, or eyes that need contrast.</summary>
public sealed class AccessibilityTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private static readonly string[] Panels =
    [
        "flow", "flow&stage=attention.1&position=3", "flow&stage=feed-forward.0", "predict", "layers", "attention", "neurons", "features",
        "intervene", "experiments", "circuits", "words", "train", "compare", "notebook",
    ];

    [Fact]
    public async Task A_grid_is_one_stop_of_the_tab_key_and_arrow_keys_move_within_it()
    {
        var page = await explored.OpenAsync("?panel=layers&text=Anna+gave+a+ring&lang=en");
        await page.Locator("table.lens button").First.WaitForAsync();
        var stops = page.Locator("table.lens button[tabindex=\"0\"]");
        await Assertions.Expect(stops).ToHaveCountAsync(1);
        await stops.FocusAsync();
        var start = await stops.GetAttributeAsync("data-cell");
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(stops).ToHaveCountAsync(1);
        await Assertions.Expect(stops).ToBeFocusedAsync();
        Assert.Equal("resid_post 1 ", start![..13]);
        Assert.Equal("resid_post 0 " + start[13..], await stops.GetAttributeAsync("data-cell"));
        await page.Keyboard.PressAsync("Home");
        await Assertions.Expect(page.Locator("[data-cell=\"resid_post 0 0\"]")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-cell=\"resid_post 0 0\"]")).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [Fact]
    public async Task Tokens_stand_beside_the_matrix_numbers_under_small_heads_and_focus_is_seen()
    {
        var page = await explored.OpenAsync("?panel=attention&text=Anna+gave+a+ring&lang=en");
        var rows = page.Locator(".matrix .names.rows span");
        await Assertions.Expect(rows.First).ToBeVisibleAsync();
        Assert.Equal(await rows.AllTextContentsAsync(), await page.Locator(".matrix .names.columns span").AllTextContentsAsync());
        await Assertions.Expect(page.Locator("[data-head=\"1.0\"]")).ToContainTextAsync("1.0");
        await page.Locator("#text").FocusAsync();
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Shift+Tab"); // from the text to light or dark, and on to the language
        Assert.Equal("2px solid", await page.EvaluateAsync<string>("() => { const style = getComputedStyle(document.activeElement); "
            + "return `${style.outlineWidth} ${style.outlineStyle}`; }"));
    }

    /// <summary>axe-core, where npm has brought it: <c>npm install --no-save axe-core</c> at the root of the repository.</summary>
    [Theory]
    [InlineData("light", "en", 1280)]
    [InlineData("dark", "zh", 390)]
    public async Task Axe_finds_nothing_serious_on_any_panel(string theme, string language, int width)
    {
        foreach (var panel in Panels)
        {
            var page = await explored.OpenAsync($"?panel={panel}&text=When+Mary+and+John&lang={language}&theme={theme}", width);
            await page.Locator(".mud-tabs-panels .card h2").First.WaitForAsync();
            await Assertions.Expect(page.Locator(".mud-tabs-panels .mud-progress-linear-indeterminate:visible")).ToHaveCountAsync(0);
            await AskAxeAsync(page, panel);
        }
    }

    /// <summary>What stands on the panels only once it was asked for; pictures of it are kept.</summary>
    [Fact]
    public async Task Axe_finds_nothing_serious_in_what_was_measured_collected_compared_and_written()
    {
        _ = Axe();
        var features = explored.File("transcoder");
        explored.Json("look", "features", "train", "tiny", "--layer", "1", "--activation", "ln2", "--writes", "mlp_out", "--architecture",
            "jumprelu", "--active", "16", "--features", "96", "--data", "micro-world:1MB", "--rows", "256", "--context", "32", "--steps",
            "30", "--lr", "3e-3", "--out", features, "--threads", "1");
        await explored.StartAsync($"tiny tiny+assistant --features {features}");
        await AskAxeOfWhatWasAskedForAsync("dark", "en", 1280);
        await AskAxeOfWhatWasAskedForAsync("light", "zh", 390);
    }

    private async Task AskAxeOfWhatWasAskedForAsync(string theme, string language, int width)
    {
        const string text = "text=When+Mary+and+John+went+to+the+park,+John+gave+a+ring+to",
            pair = "source=When+Anna+and+Ben+went+to+the+park,+Anna+gave+a+ring+to&answer=+Mary&wrong=+John";
        Task<IPage> OpenAsync(string query) =>
            explored.OpenAgainAsync($"?{query}&{text}&lang={language}&theme={theme}", width);
        async Task LookAsync(IPage page, string name)
        {
            Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0, name);
            await ExploredModel.KeepAsync(page, $"{name}-{theme}-{language}-{width}");
            await AskAxeAsync(page, name, closes: false);
        }
        foreach (var (name, measure) in ((string, string)[])[("grid", "patch resid_pre positions"), ("circuit", "circuit 0.03")])
        {
            var page = await OpenAsync($"panel=experiments&{pair}&measure={measure}");
            await page.Locator("[data-step=measure]").ClickAsync();
            await page.Locator("[data-table=effects] button, [data-node]").Last.WaitForAsync();
            await Assertions.Expect(page.Locator("[data-step=measure]")).ToBeVisibleAsync();
            await page.Locator("[data-table=effects] button, [data-node]").Last.ClickAsync();
            await page.Locator("[data-table=writes]").First.WaitForAsync();
            await LookAsync(page, $"experiments-{name}");
            if (name == "grid")
            {
                await page.Locator("[data-panel=measured] .mud-menu").ClickAsync();
                await page.Locator(".mud-menu-item").Last.ClickAsync();
                await page.Locator(".mud-snackbar").First.WaitForAsync();
                await page.GetByRole(AriaRole.Tab).Last.ClickAsync();
                await page.Locator("[data-page]").WaitForAsync();
                await Assertions.Expect(page.Locator(".mud-snackbar")).ToHaveCountAsync(0);
                await LookAsync(page, "notebook");
            }
            await page.CloseAsync();
        }
        var traced = await OpenAsync("panel=features&feature=5&word=Mary&examples=Mary%0AJohn");
        await traced.Locator("[data-step=read]").ClickAsync();
        await traced.Locator("[data-step=use]").ClickAsync();
        await traced.Locator("[data-value=rise]").WaitForAsync();
        await traced.Locator("[data-step=trace]").ClickAsync();
        await traced.Locator("[data-value=check]").WaitForAsync();
        await LookAsync(traced, "features");
        await traced.CloseAsync();
        var compared = await OpenAsync("panel=compare");
        await compared.Locator("[data-table=layers]").WaitForAsync();
        await LookAsync(compared, "compare");
        await compared.CloseAsync();
        var searched = await OpenAsync("panel=neurons&examples=Mary%0AJohn&others=the");
        await searched.Locator("[data-table=by-example]").WaitForAsync();
        await LookAsync(searched, "search");
        await searched.CloseAsync();
        var written = await OpenAsync("panel=intervene&change=r1%2B4( park%0A market| ring)&count=5");
        await written.Locator("[data-step=write]").ClickAsync();
        await written.Locator("[data-written]").First.WaitForAsync();
        await written.Locator("[data-step=write]").WaitForAsync();
        await LookAsync(written, "written");
        await written.CloseAsync();
    }

    [Fact]
    public async Task Axe_finds_nothing_serious_in_the_report_of_the_tour()
    {
        _ = Axe();
        // Asked as any model, it takes seconds, and its page says "not asked" besides.
        var report = explored.Json("tour", "tiny", "--quick", "--out", explored.File("tour")).GetProperty("report").GetString()!;
        foreach (var (theme, language, width) in ((ColorScheme, string, int)[])[(ColorScheme.Light, "en", 1280),
            (ColorScheme.Dark, "zh", 390)])
        {
            var page = await explored.ReadAsync($"{report}#{language}", theme, width);
            Assert.StartsWith(language, await page.Locator("html").GetAttributeAsync("lang"), StringComparison.Ordinal);
            await Assertions.Expect(page.Locator("h1 span:visible")).ToHaveCountAsync(1);
            await AskAxeAsync(page, $"{theme}, {width}, {language}");
        }
    }

    internal static async Task AskAxeAsync(IPage page, string where, bool closes = true)
    {
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe(), TestContext.Current.CancellationToken));
        var found = await page.EvaluateAsync<string[]>("async () => (await axe.run({ resultTypes: ['violations'] })).violations"
            + ".filter(one => one.impact === 'serious' || one.impact === 'critical')"
            + ".map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`)");
        Assert.True(found.Length == 0, $"{where}: {string.Join('\n', found)}");
        if (closes)
            await page.CloseAsync();
    }

    private static string Axe()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "node_modules/axe-core/axe.min.js") is var path && File.Exists(path))
                return path;
        Assert.Skip("there is no node_modules/axe-core; npm install --no-save axe-core brings it");
        return "";
    }
}

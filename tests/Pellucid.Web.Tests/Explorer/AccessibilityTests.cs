using Microsoft.Playwright;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>What people need who use the keyboard, or eyes that need contrast.</summary>
public sealed class AccessibilityTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private static readonly string[] Panels = ["predict", "layers", "attention", "neurons", "intervene", "experiments", "circuits",
        "words", "train", "notebook"];

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
    [InlineData("dark", "zh", 1280)]
    [InlineData("light", "zh", 390)]
    [InlineData("dark", "en", 390)]
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

    [Fact]
    public async Task Axe_finds_nothing_serious_in_the_report_of_the_tour()
    {
        _ = Axe();
        // Asked as any model, it takes seconds, and its page says "not asked" besides.
        var report = explored.Json("tour", "tiny", "--quick", "--out", explored.File("tour")).GetProperty("report").GetString()!;
        foreach (var theme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            foreach (var width in (int[])[1280, 390])
                foreach (var language in (string[])["en", "zh"])
                {
                    var page = await explored.ReadAsync($"{report}#{language}", theme, width);
                    Assert.StartsWith(language, await page.Locator("html").GetAttributeAsync("lang"), StringComparison.Ordinal);
                    await Assertions.Expect(page.Locator("h1 span:visible")).ToHaveCountAsync(1);
                    await AskAxeAsync(page, $"{theme}, {width}, {language}");
                }
    }

    private static async Task AskAxeAsync(IPage page, string where)
    {
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe(), TestContext.Current.CancellationToken));
        var found = await page.EvaluateAsync<string[]>("async () => (await axe.run()).violations"
            + ".filter(one => one.impact === 'serious' || one.impact === 'critical')"
            + ".map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`)");
        Assert.True(found.Length == 0, $"{where}: {string.Join('\n', found)}");
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

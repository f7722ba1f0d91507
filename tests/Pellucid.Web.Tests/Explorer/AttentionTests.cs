using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Pellucid.Web.Explorer;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Attention on the text itself, of several heads, of one head in every layer; and the examples that lead to panels.</summary>
public sealed class AttentionTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to";

    private static readonly string TextQuery = "text=" + Uri.EscapeDataString(Text);

    [Fact]
    public async Task A_chosen_token_shades_the_others_by_its_attention_or_by_theirs()
    {
        var pattern = Pattern(1, 0);
        var page = await explored.OpenAsync($"?panel=attention&layer=1&head=0&position=9&{TextQuery}&lang=en&theme=light");
        await SharesAsync(page, at => at <= 9 ? pattern[9][at].GetDouble() : 0);
        await page.Locator("[data-token-at=\"6\"]").HoverAsync(); // pointed at, and no more
        await SharesAsync(page, at => at <= 6 ? pattern[6][at].GetDouble() : 0);
        await page.Locator("[data-token-at=\"4\"]").ClickAsync();
        await page.WaitForFunctionAsync("() => location.search.includes('position=4')");
        await page.GetByText("Who looks at it instead").ClickAsync();
        await SharesAsync(page, at => at >= 4 ? pattern[at][4].GetDouble() : 0);
        await ExploredModel.KeepAsync(page, "attention-on-text");
    }

    [Fact]
    public async Task Several_heads_are_seen_together_as_mean_and_as_sum()
    {
        var (one, other) = (Pattern(0, 1), Pattern(1, 0));
        var page = await explored.OpenAsync($"?panel=attention&layer=0&head=1&position=9&{TextQuery}&lang=en&theme=light");
        await page.GetByText("Several heads together").ClickAsync();
        await page.Locator("[data-head=\"1.0\"]").ClickAsync();
        await Assertions.Expect(page.Locator("h2", new() { HasText = "Mean of 2 heads" }).First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".head[aria-pressed=true]")).ToHaveCountAsync(2);
        await SharesAsync(page, at => at <= 9 ? (one[9][at].GetDouble() + other[9][at].GetDouble()) / 2 : 0);
        var most = Enumerable.Range(0, 10).Max(at => one[9][at].GetDouble() + other[9][at].GetDouble());
        var row = page.Locator("table[aria-label=\"It looks most at\"] tbody tr").First.Locator(".number");
        await Assertions.Expect(row).ToHaveTextAsync((most / 2).ToString("0.000", CultureInfo.InvariantCulture));
        await page.GetByText("Sum instead of mean").ClickAsync();
        await Assertions.Expect(row).ToHaveTextAsync(most.ToString("0.000", CultureInfo.InvariantCulture));
        var other2 = await explored.OpenAsync(new Uri(page.Url).Query); // the address holds them
        await Assertions.Expect(other2.Locator("h2", new() { HasText = "Sum of 2 heads" }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task One_head_is_seen_in_every_layer_and_small_ones_say_what_they_do()
    {
        var page = await explored.OpenAsync($"?panel=attention&head=1&position=9&{TextQuery}&lang=en&theme=light");
        var frame = page.Locator("[data-picture=\"head-1-across\"]");
        await frame.GetByText("Save", new() { Exact = true }).ClickAsync();
        var saved = await page.RunAndWaitForDownloadAsync(() =>
            page.Locator(".mud-menu-item", new() { HasTextRegex = new("^JSON$") }).First.ClickAsync());
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(await saved.PathAsync(), TestContext.Current.CancellationToken));
        for (var layer = 0; layer < 2; layer++)
        {
            var (shown, said) = (json.RootElement.GetProperty("layers")[layer], Pattern(layer, 1)[9]);
            Assert.Equal(10, shown.GetArrayLength());
            for (var key = 0; key < 10; key++)
                Assert.Equal(said[key].GetDouble(), shown[key].GetDouble(), 1e-6);
        }
        Assert.All(await page.Locator("[data-job]").AllInnerTextsAsync(), job => Assert.Matches(@"\d\.\d\d", job));
    }

    [Fact]
    public async Task A_thousand_tokens_are_shown_and_chosen_from_without_stalling()
    {
        var model = explored.File("wide");
        explored.Json("train", "--data", "indirect-object", "--tokenizer", "bpe:300", "--layers", "2", "--width", "16", "--heads", "2",
            "--context", "1024", "--batch", "1", "--steps", "1", "--out", model, "--threads", "1");
        var text = string.Concat(Enumerable.Repeat("Then Mary and John went to the park. ", 40));
        var page = await explored.OpenAsync(model, $"?panel=attention&lang=en&theme=light&text={Uri.EscapeDataString(text)}");
        var tokens = page.Locator(".painted .token");
        await tokens.First.WaitForAsync();
        Assert.InRange(await tokens.CountAsync(), 400, 1024);
        var clock = Stopwatch.StartNew();
        await page.Locator("[data-token-at=\"300\"]").ClickAsync();
        await page.WaitForFunctionAsync("() => location.search.includes('position=300')");
        await Assertions.Expect(page.Locator("[data-token-at=\"300\"]")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task A_panel_that_is_left_while_it_is_drawn_takes_the_page_not_with_it()
    {
        var page = await explored.OpenAsync($"?panel=predict&{TextQuery}&lang=en&theme=light");
        await page.EvaluateAsync("""
            () => {
                const drawHeads = pellucid.drawHeads;
                pellucid.drawHeads = async (...what) => {
                    drawHeads(...what);
                    [...document.querySelectorAll("[role=tab]")].find(tab => tab.textContent === "Predict").click();
                    while (document.querySelector(".matrix"))
                        await new Promise(resolve => setTimeout(resolve, 10));
                    window.wasLeft = true;
                };
            }
            """);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Attention" }).ClickAsync();
        await page.WaitForFunctionAsync("() => window.wasLeft");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Layers" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-cell]").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Every_chapter_has_an_example_that_opens()
    {
        Assert.Equal(["", .. Enumerable.Range(1, 11).Select(chapter => $"{chapter:00}")], ChapterExample.All.Select(one => one.Chapter));
        var page = await explored.OpenAsync("?lang=en&theme=light");
        foreach (var example in ChapterExample.All)
        {
            await page.GetByRole(AriaRole.Tab, new() { Name = "Flow" }).ClickAsync();
            await page.Locator(".examples").EvaluateAsync("examples => examples.open = true");
            await page.Locator($"[data-example=\"{example.Chapter}\"]").ClickAsync();
            await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(example.State.Text);
            await Assertions.Expect(page.GetByRole(AriaRole.Tab, new() { Selected = true })).ToHaveTextAsync($"{example.State.Panel}");
            await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
            Assert.Empty(AddressWords.WithoutMeaning("http://127.0.0.1/" + example.State.ToQuery()));
        }
    }

    // To a 255th, in which the browser is told of it, and to three digits of its share.
    private static async Task SharesAsync(IPage page, Func<int, double> expected)
    {
        var count = await page.Locator(".painted .token").CountAsync();
        for (var at = 0; at < count; at++)
        {
            var wanted = (Math.Round(255 * expected(at)) / 255).ToString("0.000", CultureInfo.InvariantCulture);
            await page.WaitForFunctionAsync("([at, wanted]) => Math.abs(wanted - "
                + "document.querySelector(`[data-token-at='${at}']`).style.getPropertyValue('--share')) < 0.0045",
                new object[] { at, wanted });
        }
    }

    private JsonElement Pattern(int layer, int head) => explored.Json("look", "attention", explored.Model, Text, "--layer", $"{layer}",
        "--head", $"{head}").GetProperty("heads")[0].GetProperty("pattern");
}

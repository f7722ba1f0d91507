using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Tests;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Models that are not GPT-2: heads that share keys, neurons with gates, experts.</summary>
public sealed class FamiliesTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    [Fact]
    public async Task Every_panel_shows_heads_in_groups_and_neurons_with_gates()
    {
        var page = await explored.OpenAsync(Model("qwen3"), "?panel=neurons&lang=en&theme=light");
        async Task<double> ShownAsync(string name) =>
            double.Parse((await page.Locator(name).First.TextContentAsync())!, CultureInfo.InvariantCulture);
        var (gate, value) = (await ShownAsync("[data-value=gate]"), await ShownAsync("[data-value=gated-value]"));
        var activation = await ShownAsync("[data-panel=neuron] .figure-row b");
        Assert.Equal(gate / (1 + Math.Exp(-gate)) * value, activation, 0.02); // SiLU lets the value through
        await page.GetByRole(AriaRole.Tab, new() { Name = "Attention" }).ClickAsync();
        await Assertions.Expect(page.Locator(".card").First).ToContainTextAsync("heads share keys and values");
        await page.Locator("[data-head=\"0.0\"]").First.WaitForAsync();
        Assert.Contains("· kv 0", (await page.Locator("[data-head=\"0.0\"]").GetAttributeAsync("title"))!, StringComparison.Ordinal);
        Assert.Empty(await VisitAsync(page));
    }

    // One of each kind: norms of both places and soft caps; sinks and experts; grouped heads; rotations of a part.
    private static readonly string[] Always = ["gemma2", "gpt-oss", "llama3", "phi4-mini"];

    [Theory]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("gpt-oss")]
    [InlineData("granite")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("mixtral")]
    [InlineData("olmo2")]
    [InlineData("olmo3")]
    [InlineData("phi3")]
    [InlineData("phi4-mini")]
    [InlineData("qwen2")]
    [InlineData("qwen2-yarn")]
    [InlineData("qwen3moe")]
    [InlineData("smollm3")]
    public async Task Every_family_is_shown_on_every_panel_or_refused_in_one_line(string family)
    {
        if (!Always.Contains(family))
            SlowTests.Require("takes minutes for all families");
        var page = await explored.OpenAsync(Model(family), "?panel=predict&lang=zh&theme=light");
        Assert.Equal(family is "gpt-oss" or "mixtral" or "qwen3moe" ? ["neurons"] : [], await VisitAsync(page));
    }

    // Panels that refuse. None breaks the page, and each says so in the reader's language.
    private static async Task<IReadOnlyList<string>> VisitAsync(IPage page)
    {
        string[] panels = ["flow", "predict", "layers", "attention", "neurons", "intervene", "circuits", "words", "train"];
        var refused = new List<string>();
        var isChinese = await page.EvaluateAsync<string>("() => document.documentElement.lang") == "zh-Hans";
        for (var panel = 0; panel < panels.Length; panel++)
        {
            var tab = page.GetByRole(AriaRole.Tab).Nth(panel);
            await tab.ClickAsync();
            await Assertions.Expect(tab).ToHaveAttributeAsync("aria-selected", "true");
            var shown = page.Locator(".mud-tabs-panels :is(.card h2, [role=alert], .mud-alert):visible").First;
            if (await Record.ExceptionAsync(() => shown.WaitForAsync(new() { Timeout = 180_000 })) is { } error)
                Assert.Fail($"{panels[panel]} shows nothing: {await page.Locator(".mud-tabs-panels").InnerHTMLAsync()}\n{error.Message}");
            await Assertions.Expect(page.Locator(".mud-tabs-panels .mud-progress-linear-indeterminate:visible")).ToHaveCountAsync(0);
            await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
            foreach (var refusal in await page.Locator(".mud-tabs-panels [role=alert]:visible").AllInnerTextsAsync())
            {
                refused.Add(panels[panel]);
                Assert.DoesNotContain('\n', refusal.Trim());
                Assert.Equal(isChinese, refusal.Any(letter => letter is >= '\u3400' and <= '\u9FFF'));
            }
        }
        return refused;
    }

    private static string Model(string family) => SharedData.Path($"llama/tiny-random-models/{family}/model.gguf");
}

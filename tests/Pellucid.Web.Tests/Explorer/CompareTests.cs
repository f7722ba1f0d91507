using System.Globalization;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Models and adapters that are switched on the page, and seen beside each other.</summary>
public sealed class CompareTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "Question: Where is the ball? Answer:";

    private static readonly string TextQuery = "text=" + HttpUtility.UrlEncode(Text);

    [Fact]
    public async Task Base_and_tuned_stand_beside_each_other_with_the_numbers_of_look_diff()
    {
        var page = await explored.OpenAsync("tiny tiny+assistant", $"?panel=compare&{TextQuery}&lang=en&theme=light");
        var said = explored.Json("look", "diff", "tiny", "tiny+assistant", Text);
        Same(said.GetProperty("kl"), page.Locator("[data-value=kl]"),
            await page.Locator("[data-value=kl]").GetAttributeAsync("data-number"));
        Same(said.GetProperty("loss_after"), page.Locator("[data-value=loss-after]"),
            await page.Locator("[data-value=loss-after]").GetAttributeAsync("data-number"));
        var tokens = said.GetProperty("by_token").EnumerateArray().ToArray();
        var rows = page.Locator("[data-table=by-token] tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(tokens.Length);
        Assert.Equal(said.GetProperty("kl").GetDouble(), tokens.Average(one => one.GetProperty("kl").GetDouble()), 1e-12);
        for (var i = 0; i < tokens.Length; i++)
        {
            Same(tokens[i].GetProperty("kl"), rows, await rows.Nth(i).Locator("[data-number]").GetAttributeAsync("data-number"));
            await Assertions.Expect(rows.Nth(i).Locator("td").Nth(2)).ToContainTextAsync(
                Percent(tokens[i].GetProperty("after").GetProperty("probability").GetDouble()));
        }
        var layers = said.GetProperty("layers").EnumerateArray().ToArray();
        for (var i = 0; i < layers.Length; i++)
            Same(layers[i].GetProperty("residual"), rows,
                await page.Locator("[data-table=layers] [data-residual]").Nth(i).GetAttributeAsync("data-residual"));
        Assert.Contains(layers, layer => layer.GetProperty("weights").GetDouble() > 0);
        await ExploredModel.KeepAsync(page, "compare");
    }

    [Fact]
    public async Task Another_model_is_gone_on_to_and_stands_in_the_address()
    {
        var page = await explored.OpenAsync("tiny tiny+assistant " + explored.Model,
            $"?panel=predict&{TextQuery}&lang=en&theme=dark");
        await ExpectAsync(page, "tiny");
        await page.Locator("[data-value=model]").SelectOptionAsync("tiny+assistant");
        await ExpectAsync(page, "tiny+assistant");
        await page.WaitForFunctionAsync("() => location.search.includes('model=tiny%2bassistant')");
        await page.ReloadAsync();
        await ExpectAsync(page, "tiny+assistant");
        await page.Locator("[data-value=model]").SelectOptionAsync("model");
        await ExpectAsync(page, explored.Model);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Compare" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("do not read this text as the same tokens");
        await page.GotoAsync(page.Url.Replace("model=model", "model=nobody", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator("[data-address=model]")).ToContainTextAsync("there is no model 'nobody' here");
        await Assertions.Expect(page.Locator("[data-value=model]")).ToHaveValueAsync("tiny");
    }

    [Fact]
    public async Task One_model_alone_says_how_to_see_two()
    {
        var page = await explored.OpenAsync("?panel=compare&text=Mary&lang=en");
        await Assertions.Expect(page.GetByText("pellucid explore MODEL MODEL+ADAPTER")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("select")).ToHaveCountAsync(0);
    }

    // What comes next is what the command says of that model.
    private async Task ExpectAsync(IPage page, string model)
    {
        var last = explored.Json("look", "lens", model, Text, "--top", "1").GetProperty("readings").EnumerateArray().Last()
            .GetProperty("top")[0];
        await Assertions.Expect(page.Locator("li[data-token]").First).ToHaveAttributeAsync("data-token",
            $"{last.GetProperty("token").GetInt32()}");
        Assert.Equal(last.GetProperty("probability").GetDouble(), double.Parse(
            (await page.Locator("li[data-token]").First.GetAttributeAsync("data-probability"))!, CultureInfo.InvariantCulture), 1e-5);
    }

    private static void Same(JsonElement expected, ILocator where, string? shown) =>
        Assert.True(Math.Abs(expected.GetDouble() - double.Parse(shown!, CultureInfo.InvariantCulture)) < 1e-6,
            $"{where}: {expected}, {shown}");

    private static string Percent(double value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}

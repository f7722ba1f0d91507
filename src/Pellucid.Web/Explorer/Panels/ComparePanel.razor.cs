using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Looking.Differences;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Tokens;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Two models that read one text, such as one before and after it was tuned: token by token, and layer by layer.</summary>
public sealed partial class ComparePanel : Panel
{
    private const double MostSurprise = 8;

    private Seen? _seen;

    private sealed record Seen(string Beside, int[] Tokens, IReadOnlyList<TokenDifference> ByToken, ModelDifference? Difference,
        string WhyNot);

    private string[] Others => [.. Session.ModelNames.Where(name => name != Session.ModelName)];

    private string? Beside => Others.Contains(State.Beside) ? State.Beside : Others.FirstOrDefault();

    protected override async Task LoadAsync()
    {
        if (Beside is not { } other)
            return;
        var tokens = Session.Encode(State.Text);
        if (tokens.Length == 0)
            throw new ArgumentException(T["text.the-text-is-empty-write"]);
        if (tokens.Length > Session.Context)
            throw new ArgumentException(T["text.the-text-has-tokens-and", tokens.Length, Session.Context]);
        var text = State.Text;
        _seen = await Session.BesideAsync("compare", other, (model, gpt) => Compare(model, gpt, text, tokens));
    }

    private Seen Compare(LanguageModel model, Gpt other, string text, int[] tokens)
    {
        if (!Session.Encode(model, text).SequenceEqual(tokens))
            throw new ArgumentException(T["compare.do-not-read-alike", Session.ModelName, model.Name]);
        try
        {
            var difference = ModelDifference.Of(Session.Gpt, other, new Prompts([tokens]));
            return new Seen(model.Name, tokens, difference.Tokens, difference, "");
        }
        catch (ArgumentException shapes) // whose layers are not one another's, but whose words are
        {
            return new Seen(model.Name, tokens, ModelDifference.OfTokens(Session.Gpt, other, new Prompts([tokens])), null, shapes.Message);
        }
    }

    private void Choose(ChangeEventArgs chosen)
    {
        _seen = null;
        Set(State with { Beside = chosen.Value?.ToString() ?? "" });
    }

    private (string, Func<TokenDifference, double>)[] Rows(Seen seen) =>
        [(Session.ModelName, one => one.Loss.Before), (seen.Beside, one => one.Loss.After)];

    private static double Mean(Seen seen, Func<TokenDifference, double> of) => seen.ByToken.Sum(of) / seen.ByToken.Count;

    private static double Loss(Seen seen, Func<TokenDifference, double> of) => seen.ByToken.SkipLast(1).Average(of);

    private static string Losses(TokenDifference one) =>
        double.IsNaN(one.Loss.Before) ? "" : $"{Number(one.Loss.Before)} → {Number(one.Loss.After)}";

    private static string Share(double loss) =>
        "--share:" + Math.Min(1, loss / MostSurprise).ToString("0.###", CultureInfo.InvariantCulture);

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private Picture Draw(Seen seen) => Bars.Draw(T["compare.kl-after-each-token"],
        [.. seen.Tokens.Zip(seen.ByToken, (token, one) => new Bar(Show(token), one.Divergence, Note: Number(one.Divergence)))]);

    private string Json(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        json.WriteString("model", Session.ModelName);
        json.WriteString("beside", seen.Beside);
        json.WriteStartArray("by_token");
        for (var i = 0; i < seen.Tokens.Length; i++)
        {
            var one = seen.ByToken[i];
            json.WriteStartObject();
            json.WriteNumber("token", seen.Tokens[i]);
            json.WriteNumber("kl", one.Divergence);
            json.WriteString("before", Session.Tokenizer.Decode([one.Before.Token]));
            json.WriteNumber("before_probability", one.Before.Probability);
            json.WriteString("after", Session.Tokenizer.Decode([one.After.Token]));
            json.WriteNumber("after_probability", one.After.Probability);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}

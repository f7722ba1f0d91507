using System.Globalization;
using System.Web;
using Pellucid.Looking;
using Pellucid.Web.Explorer.Flow;
using Pellucid.Web.Explorer.Watching;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>What stands in an address and means nothing, so that it can be said and does not vanish.</summary>
internal static class AddressWords
{
    private static readonly string[] WholeNumbers =
        ["layer", "head", "position", "key", "top_k", "count", "seed", "prompts", "step", "feature"];

    private static readonly string[] Numbers = ["temperature", "top_p", "share"];

    // What the page itself reads, beside what ExplorerState does.
    private static readonly string[] Others =
        ["panel", "text", "source", "change", "heads", "neuron", "place", "word", "midway", "colour", "map", "near", "analogy", "answer",
            "wrong", "model", "beside", "examples", "others", "topic", "features", "run", "curve"];

    /// <summary>Each as it is written, such as <c>change=nonsense</c>.</summary>
    public static IReadOnlyList<string> WithoutMeaning(string uri)
    {
        var query = HttpUtility.ParseQueryString(new Uri(uri).Query);
        return [.. query.AllKeys.SelectMany(name => (query.GetValues(name) ?? [])
            .Where(value => !Means(name ?? "", value)).Select(value => name is null ? value : $"{name}={value}"))];
    }

    private static bool Means(string name, string value) => name switch
    {
        "change" => IsRead(value, Intervention.Parse),
        "measure" => IsRead(value, PairMeasure.Parse),
        "panel" => IsNameOf<PanelName>(value),
        "stage" => FlowStage.TryParse(value) is not null,
        "colour" => IsNameOf<LensColour>(value),
        "lang" => Language.Find(value) is not null,
        "theme" => value is "light" or "dark",
        "midway" or "sum" => value is "yes" or "no",
        "against" => IsNameOf<Against>(value),
        "logs" => value is "x" or "y" or "xy",
        "smooth" => CurveChoice.Smoothings.Any(one => value == $"{one}"),
        _ when WholeNumbers.Contains(name) => int.TryParse(value, CultureInfo.InvariantCulture, out _),
        _ when Numbers.Contains(name) =>
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number),
        _ => Others.Contains(name),
    };

    private static bool IsNameOf<T>(string value) where T : struct, Enum =>
        Enum.TryParse<T>(value, ignoreCase: true, out var named) && Enum.IsDefined(named) && !int.TryParse(value, out _);

    private static bool IsRead<T>(string text, Func<string, T> parse)
    {
        try
        {
            _ = parse(text);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Pellucid.Web.Languages;

/// <summary>
/// What is said to people in one language: a file beside this one, named by its tag of BCP 47, with a line for each key.
/// A file more is a language more, in the explorer and in the report of the tour alike.
/// </summary>
internal sealed class Language
{
    private const string Folder = "languages/", Refusals = "refusal.";

    private readonly IReadOnlyDictionary<string, string> _phrases;

    private Language(string code, IReadOnlyDictionary<string, string> phrases) => (Code, _phrases) = (code, phrases);

    /// <summary>Every language that there is a file of; English first.</summary>
    public static IReadOnlyList<Language> All { get; } = ReadAll();

    public static Language English => All[0];

    /// <summary>Such as <c>zh-Hans</c>.</summary>
    public string Code { get; }

    /// <summary>What its speakers call it.</summary>
    public string Name => this["language.name"];

    /// <summary>The one that a reader comes to who asks for another.</summary>
    public Language Next => All[(All.ToList().IndexOf(this) + 1) % All.Count];

    public IEnumerable<string> Keys => _phrases.Keys;

    /// <summary>What a key says.</summary>
    /// <exception cref="KeyNotFoundException">It says nothing in this language.</exception>
    public string this[string key] => _phrases.TryGetValue(key, out var phrase) ? phrase
        : throw new KeyNotFoundException($"{Code}.txt does not say '{key}'");

    /// <summary>What a key says of some numbers or names, which stand in it as <c>{0}</c>, <c>{1:N0}</c> and so on.</summary>
    public string this[string key, params ReadOnlySpan<object?> values] => string.Format(CultureInfo.InvariantCulture, this[key], values);

    /// <summary>The language with a tag, or the first whose tag begins alike: <c>zh-CN</c> is read by who reads <c>zh-Hans</c>.</summary>
    public static Language? Find(string? code) => string.IsNullOrEmpty(code) ? null
        : All.FirstOrDefault(one => one.Code.Equals(code, StringComparison.OrdinalIgnoreCase))
            ?? All.FirstOrDefault(one => Primary(one.Code).Equals(Primary(code), StringComparison.OrdinalIgnoreCase));

    /// <summary>What the engine said, in this language. The engine speaks English: English phrases are what its words are known by,
    /// and what stands in their places is carried over. What has no phrase stays as it is.</summary>
    public string Refusal(string message)
    {
        if (this == English)
            return message;
        foreach (var key in English.Keys.Where(key => key.StartsWith(Refusals, StringComparison.Ordinal)))
            if (Pattern(English[key]).Match(message) is { Success: true } match)
            {
                var values = new object?[match.Groups.Count - 1];
                for (var i = 0; i < values.Length; i++)
                    values[i] = Refusal(match.Groups[$"_{i}"].Value);
                return this[key, values];
            }
        return message;
    }

    private static Regex Pattern(string phrase) =>
        new("^" + Regex.Replace(Regex.Escape(phrase), @"\\\{(\d+)}", "(?<_$1>.+?)") + "$", RegexOptions.Singleline);

    private static string Primary(string code) => code.Split('-')[0];

    private static Language[] ReadAll()
    {
        var assembly = typeof(Language).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => new Language(Path.GetFileNameWithoutExtension(name), LanguageFile.Read(Open(assembly, name), name)))
            .OrderByDescending(one => one.Code == "en").ThenBy(one => one.Code, StringComparer.Ordinal)];
    }

    private static StreamReader Open(Assembly assembly, string name) => new(assembly.GetManifestResourceStream(name)!);
}

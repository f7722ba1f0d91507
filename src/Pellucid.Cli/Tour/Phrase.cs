using Pellucid.Web.Languages;

namespace Pellucid.Cli.Tour;

/// <summary>Something said: a key of the files of languages with what stands in its places, or a text that is the same in all.</summary>
internal sealed class Phrase
{
    private readonly string? _key;
    private readonly string _text = "";
    private readonly object[] _values;
    private bool _isRefusal;

    /// <summary>What a key says.</summary>
    /// <param name="key">Of the files of languages.</param>
    /// <param name="values">What stands in its places; phrases are said in the same language.</param>
    public Phrase(string key, params object[] values) => (_key, _values) = (key, values);

    private Phrase(string text, object[] none, string? key) => (_text, _values, _key) = (text, none, key);

    /// <summary>What the engine said when it refused, in the reader's language where that knows it.</summary>
    public static Phrase Refused(string message) => new(message, [], key: null) { _isRefusal = true };

    /// <summary>What reads the same in all: a number, a token, a word of the model's own.</summary>
    public static implicit operator Phrase(string text) => new(text, [], key: null);

    public string English => In(Language.English);

    public string In(Language language) => _key is null ? _isRefusal ? language.Refusal(_text) : _text
        : language[_key, [.. _values.Select(value => value is Phrase phrase ? phrase.In(language) : value)]];
}

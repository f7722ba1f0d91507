using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tokens.Normalization;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>The <c>pre_tokenizer</c> of <c>tokenizer.json</c>.</summary>
internal sealed class PreTokenizerJson
{
    private const string Digit = @"\p{N}";

    private readonly List<TextStep> _preparation = [];
    private readonly List<Splitter> _splitters = [];
    private bool _hasLoneDigits;

    /// <summary>Whether what is merged are bytes.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>What is changed in a text before it is cut.</summary>
    public IReadOnlyList<TextStep> Preparation => _preparation;

    /// <summary>What cuts it.</summary>
    public Splitter[] Splitters => [.. _splitters];

    /// <summary>Reads it; a file need not have one.</summary>
    /// <exception cref="InvalidDataException">It has something that is not understood.</exception>
    public static PreTokenizerJson Read(JsonElement? element)
    {
        var all = new PreTokenizerJson();
        if (element is { } given)
            all.Add(given, "pre_tokenizer");
        return all;
    }

    private void Add(JsonElement element, string where)
    {
        var fields = new JsonFields(element, where);
        var type = fields.NeededText("type");
        if (IsByteLevel)
            throw new InvalidDataException($"the {where} '{Excerpt.Of(type)}' comes after ByteLevel, which is not supported");
        switch (type)
        {
            case "Sequence":
                foreach (var (part, place) in fields.List("pretokenizers"))
                    Add(part, place);
                break;
            case "ByteLevel":
                AddByteLevel(fields);
                break;
            case "Digits":
                _hasLoneDigits = fields.Truth("individual_digits", false);
                _splitters.Add(new PatternSplitter(_hasLoneDigits ? Digit : Digit + "+"));
                break;
            case "Split":
                AddSplit(fields);
                break;
            case "Metaspace":
                AddMetaspace(fields);
                break;
            default:
                throw new InvalidDataException($"the {where} is of the type '{Excerpt.Of(type)}', which is not supported");
        }
        fields.End();
    }

    private void AddByteLevel(JsonFields fields)
    {
        if (fields.Truth("add_prefix_space", true))
        {
            if (_splitters.Count > 0)
                throw new InvalidDataException(
                    $"{fields.Where}.add_prefix_space puts a space before every piece of another pre-tokenizer, which is not supported");
            _preparation.Add(new PrependStep(" ", PrependTo.Missing));
        }
        if (fields.Truth("use_regex", true))
            AddGpt2(new Gpt2Splitter());
        fields.PassOver("trim_offsets"); // of places in the text, which nothing here asks for
        IsByteLevel = true;
    }

    // Digits that stand alone, and then GPT-2's pieces, are one scanner.
    private void AddGpt2(Splitter splitter)
    {
        if (splitter is Gpt2Splitter && _splitters.Count == 1 && _hasLoneDigits)
            _splitters[0] = new Gpt2Splitter(digitsAlone: true);
        else
            _splitters.Add(splitter);
        _hasLoneDigits = false;
    }

    private void AddSplit(JsonFields fields)
    {
        var (behavior, invert) = (fields.NeededText("behavior"), fields.Truth("invert", false));
        var pattern = new JsonFields(fields.Take("pattern") ?? throw fields.Wrong("pattern", "there"), $"{fields.Where}.pattern");
        if (pattern.Text("Regex") is { } expression)
        {
            var splitter = SplitterNames.OfPattern(expression);
            // A scanner's pieces are all of the text, so nothing lies between them that could be removed.
            if (behavior != "Isolated" && !(behavior == "Removed" && invert && splitter is not PatternSplitter))
                throw new InvalidDataException(
                    $"{fields.Where}.behavior '{Excerpt.Of(behavior)}' of a regular expression is not supported");
            if (expression == Digit)
                (_hasLoneDigits, splitter) = (true, new PatternSplitter(Digit));
            if (splitter is Gpt2Splitter)
                AddGpt2(splitter);
            else
                _splitters.Add(splitter);
        }
        else
        {
            if (invert || !Enum.TryParse<SplitBehavior>(behavior, out var known) || behavior != known.ToString())
                throw new InvalidDataException(
                    $"{fields.Where}.behavior '{Excerpt.Of(behavior)}'{(invert ? " with invert" : "")} is not supported");
            fields.PassOver("pattern");
            var text = pattern.NeededText("String");
            _splitters.Add(text.Length > 0 ? new StringSplitter(text, known)
                : throw new InvalidDataException($"{fields.Where}.pattern is empty"));
        }
        pattern.End();
    }

    private void AddMetaspace(JsonFields fields)
    {
        var mark = fields.Text("replacement") ?? BorderSplitter.Mark;
        if (mark != BorderSplitter.Mark)
            throw new InvalidDataException(
                $"{fields.Where}.replacement is '{Excerpt.Of(mark)}'; only '{BorderSplitter.Mark}' is supported");
        if (_splitters.Count > 0)
            throw new InvalidDataException($"{fields.Where} comes after another pre-tokenizer, which is not supported");
        var scheme = fields.Text("prepend_scheme") ?? (fields.Truth("add_prefix_space", true) ? "always" : "never");
        fields.PassOver("add_prefix_space", "str_rep"); // of older files, which prepend_scheme and replacement say anew
        if (scheme is not ("always" or "first" or "never"))
            throw fields.Wrong("prepend_scheme", "always, first or never");
        var splitter = new MetaspaceSplitter(scheme, fields.Truth("split", true));
        _preparation.AddRange(splitter.Preparation);
        _splitters.Add(splitter);
    }
}

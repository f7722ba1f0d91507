using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pellucid.Tokens;

/// <summary>Of a model without a tokenizer:
/// tokens are numbers, shown as <c>&lt;17&gt;</c>, and there are no words to make them of.</summary>
/// <param name="count">Tokens of the model.</param>
internal sealed class NamelessTokenizer(int count) : Tokenizer
{
    /// <inheritdoc/>
    public override int VocabularySize => count;

    /// <inheritdoc/>
    public override int? EndOfText => null;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) => NameOf(token);

    /// <inheritdoc/>
    public override int LastCut(ReadOnlySpan<byte> text) => 0;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> text, List<int> tokens) =>
        throw new ArgumentException("this model has no tokenizer, so that words mean nothing to it; give the numbers of tokens instead");

    /// <inheritdoc/>
    public override void Save(string folder) => throw new NotSupportedException("a model without a tokenizer has none to write");

    internal override void AppendRules(IncrementalHash hash) => hash.AppendData("numbers\n"u8);

    /// <summary>How a token without a name is shown.</summary>
    public static byte[] NameOf(int token) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"<{token}>"));
}

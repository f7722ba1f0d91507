using System.Reflection;
using System.Reflection.Emit;

namespace Pellucid.Cli.Tests;

/// <summary>The command is written with the public library alone; only what measures speed looks beneath.</summary>
public sealed class PublicLibraryTests
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    // What tuning needs of the library is not public yet, nor what the chapter on it needs.
    private static readonly string[] Friends = ["Pellucid.Cli.Bench", "Pellucid.Cli.Tune", "Pellucid.Cli.Tour.AssistantChapter"];

    [Fact]
    public void Nothing_of_the_command_but_its_friends_uses_what_the_library_hides()
    {
        var (looked, hidden) = (0, new SortedSet<string>(StringComparer.Ordinal));
        foreach (var type in typeof(PellucidCommand).Assembly.GetTypes().Where(type =>
            !Friends.Any(friend => Named(type).StartsWith(friend, StringComparison.Ordinal))))
            foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
                foreach (var member in MembersOf(method))
                {
                    looked++;
                    if (Hidden(member) is { } name)
                        hidden.Add($"{Named(type)} uses {name}");
                }
        Assert.True(looked > 1000, $"{looked} members were looked at");
        Assert.True(hidden.Count == 0, string.Join("\n", hidden));
    }

    [Fact]
    public void What_the_library_hides_is_seen_where_it_is_used() => Assert.Contains(
        typeof(Bench.MachineFloor).GetMethods(All).SelectMany(MembersOf), member => Hidden(member) is not null);

    // Types that the compiler makes stand within those that they are made for.
    private static string Named(Type type) => type.DeclaringType is { } outer ? Named(outer) : type.FullName ?? type.Name;

    private static string? Hidden(MemberInfo member)
    {
        var type = member as Type ?? member.DeclaringType;
        if (type is null || type.Assembly != typeof(Pellucid.Models.Gpt).Assembly)
            return null;
        var isHidden = !type.IsVisible || member switch
        {
            MethodBase method => method is { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false },
            FieldInfo field => !field.IsPublic,
            _ => false,
        };
        return isHidden ? $"{type.Name}.{member.Name}" : null;
    }

    private static IEnumerable<MemberInfo> MembersOf(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            yield break;
        var (ofType, ofMethod) = (method.DeclaringType!.GetGenericArguments(),
            method is ConstructorInfo ? [] : method.GetGenericArguments());
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at];
            var instruction = Codes[value];
            at += instruction.Size;
            switch (instruction.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok:
                    if (method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod) is { } member)
                        yield return member;
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BitConverter.ToInt32(code, at);
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }
}
